import type { BankId } from '@tolem/domain/ids'
import { Webhook } from 'standardwebhooks'
import { Pool } from 'undici'

/** One event, ready to be told. */
export type Told = { readonly id: string; readonly body: string }

/** What a destination made of an event. `outcome` is for the metrics, `detail` for people. */
export type Sent =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'failed'; readonly outcome: FailedOutcome; readonly detail: string }

/** How a destination failed: it refused, it had trouble, it said nothing in time, or it was not to be reached. */
type FailedOutcome = 'refused' | 'trouble' | 'timeout' | 'unreachable'

/** Where one bank takes events. */
export type Destination = {
  readonly bank: BankId
  /** One attempt, over within the time limit. Never rejects. */
  send(told: Told): Promise<Sent>
  /** Ends all connections at once. */
  close(): Promise<void>
}

/** A bank's webhook, with its secrets: the one that counts, and the one before it while the bank still knows that. */
export type WebhookOptions = {
  readonly bank: BankId
  readonly url: string
  readonly secrets: readonly string[]
  readonly timeoutMs: number
  /** Calls at once. */
  readonly connections: number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** What an answer may hold is of no interest; beyond this the connection is given up. */
const LARGEST_ANSWER_BYTES = 16 * 1024

/**
 * A webhook by Standard Webhooks (https://www.standardwebhooks.com): any 2xx is a delivery, and everything else, a
 * redirect and a 410 too, is a failure.
 *
 * @throws when a secret is none.
 */
export function createWebhook(options: WebhookOptions): Destination {
  const { bank, timeoutMs, now } = options
  const { origin, pathname, search } = new URL(options.url)
  const signers = options.secrets.map((secret) => new Webhook(secret))
  const pool = new Pool(origin, {
    connections: options.connections,
    pipelining: 1,
    allowH2: false,
    connect: { timeout: timeoutMs },
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: 30_000,
  })

  function headersOf({ id, body }: Told): Record<string, string> {
    const at = new Date(now())
    return {
      'content-type': 'application/json',
      'user-agent': 'tolem',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': signers.map((signer) => signer.sign(id, at, body)).join(' '),
    }
  }

  return {
    bank,
    async send(told) {
      const signal = AbortSignal.timeout(timeoutMs)
      try {
        const answer = await pool.request({
          method: 'POST',
          path: pathname + search,
          headers: headersOf(told),
          body: told.body,
          signal,
        })
        // The status has decided; a body that is too long or never ends costs its connection and nothing else.
        await answer.body.dump({ limit: LARGEST_ANSWER_BYTES, signal }).catch(() => {})
        return judge(answer.statusCode)
      } catch (error) {
        return signal.aborted ? late(timeoutMs) : unreachable(error)
      }
    },
    close: () => pool.destroy(),
  }
}

function judge(status: number): Sent {
  if (status >= 200 && status < 300) return { kind: 'delivered' }
  const outcome = status >= 500 ? 'trouble' : 'refused'
  return { kind: 'failed', outcome, detail: `answered ${status}` }
}

function late(timeoutMs: number): Sent {
  return { kind: 'failed', outcome: 'timeout', detail: `no answer within ${timeoutMs} ms` }
}

function unreachable(error: unknown): Sent {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
  return { kind: 'failed', outcome: 'unreachable', detail: code }
}
