import type { Deadline } from '@tolem/domain/deadline'
import type { BankId } from '@tolem/domain/ids'
import type { Programme, ProgrammeBank } from '@tolem/programme/schema'
import { createVerifier, readVerifyingKey, type VerifyingKey } from '@tolem/signature/verify'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import { type ResponseCodeTable, responseCodeTable } from '@tolem/wire/response-codes'
import { LRUCache } from 'lru-cache'
import type { Message } from './message.ts'

/** How far a signature's `created` may be from our clock, either way. */
const WINDOW_SECONDS = 60

/** The shortest budget that a request may ask for: below it not even a decline could be recorded. */
const SHORTEST_BUDGET_MS = 150

/** A bank as the path needs it. */
export type Caller = {
  readonly id: BankId
  readonly responseBudgetMs: number
  readonly spreadBasisPoints: number
  readonly feeBasisPoints: number
  /** Of what hands out cash and nothing else; absent: the same. */
  readonly cashFeeBasisPoints?: number | undefined
  readonly holdPeriods: ProgrammeBank['holdPeriods']
  readonly codes: ResponseCodeTable
}

/** Who sent a message, and until when it must be answered; or the problem to answer with. */
export type Verified =
  | { readonly ok: true; readonly caller: Caller; readonly deadline: Deadline }
  | { readonly ok: false; readonly answer: WireAnswer }

/** Tells who signed a message. */
export type Callers = {
  verify(message: Message): Verified
  /** The response codes of a bank of the programme. */
  codesOf(bank: BankId): ResponseCodeTable
  /** Whose key it is. */
  bankOfKey(keyId: string): BankId | undefined
}

/**
 * The banks of the programme and their keys, read once: a bad key stops the start, not a purchase.
 *
 * `publicUrls` are the addresses under which banks know us; a signature covers one of them. The Host header only
 * chooses among them, so a forged one gains nothing. A nonce is taken once in this process: replay safety of money
 * does not rest on it, but on the network key. `admit` is asked last: only who certainly sent a message counts as its
 * sender.
 */
export function createCallers(deps: {
  readonly programme: Programme
  readonly readSecret: (reference: string) => string
  readonly publicUrls: () => readonly string[]
  readonly now: () => number
  /** Takes a message of this bank on, or has no room for it. Who gets true has to leave again. */
  readonly admit: (bank: BankId, message: Message) => boolean
  readonly rememberedNonces: number
}): Callers {
  const callers = deps.programme.banks.map((bank) => ({
    ...bank,
    codes: responseCodeTable(deps.programme.responseCodes, bank.responseCodes),
  }))
  const codes = new Map(callers.map((caller) => [caller.id, caller.codes]))
  const keys = new Map(
    callers.flatMap((owner) =>
      owner.keys.map((key) => [
        key.keyId,
        { key: readKey(key, deps.readSecret(key.secret)), owner },
      ]),
    ),
  )
  const nonces = new LRUCache<string, true>({
    max: deps.rememberedNonces,
    ttl: 2 * WINDOW_SECONDS * 1_000,
  })
  const verifier = createVerifier<Caller>({
    findKey: (keyId) => keys.get(keyId),
    windowSeconds: WINDOW_SECONDS,
    now: () => deps.now() / 1_000,
  })

  return {
    verify(message) {
      const url = baseUrl(deps.publicUrls(), message.headers.host) + message.path
      const { method, headers, body } = message
      const verified = verifier.verify({ method, url, headers, body })
      if (!verified.ok) return { ok: false, answer: refusal(verified.reason) }
      const { owner: caller, keyId, nonce } = verified.value
      const nonceKey = `${keyId} ${nonce}`
      if (nonces.has(nonceKey)) return { ok: false, answer: problem('nonce_reused') }
      // Turned away without a trace, so that the same bytes can be sent again.
      if (!deps.admit(caller.id, message)) return { ok: false, answer: problem('overloaded') }
      nonces.set(nonceKey, true)
      return { ok: true, caller, deadline: deadlineOf(message, caller) }
    },

    bankOfKey: (keyId) => keys.get(keyId)?.owner.id,

    codesOf(bank) {
      const table = codes.get(bank)
      if (!table) throw new Error(`bank ${bank} is not in the programme`)
      return table
    },
  }
}

function refusal(flaw: string): WireAnswer {
  return flaw === 'signature_missing'
    ? problem('signature_missing')
    : problem('signature_refused', { detail: flaw })
}

function readKey(
  { keyId, algorithm }: { readonly keyId: string; readonly algorithm: VerifyingKey['algorithm'] },
  text: string,
): VerifyingKey {
  return algorithm === 'hmac-sha256'
    ? readVerifyingKey({ keyId, algorithm, secret: text })
    : readVerifyingKey({ keyId, algorithm, publicKey: text })
}

function baseUrl(publicUrls: readonly string[], host: string | undefined): string {
  const named = publicUrls.find((url) => url.slice(url.indexOf('//') + 2) === host)
  return named ?? publicUrls[0] ?? ''
}

/** The bank's own budget from arrival; `Response-Budget-Ms` may shorten it, never lengthen it. */
function deadlineOf({ headers, arrivedAt, receivedAt }: Message, caller: Caller): Deadline {
  const asked = Number(headers['response-budget-ms'] ?? Number.NaN)
  const isUsable = Number.isInteger(asked) && asked >= SHORTEST_BUDGET_MS
  const budgetMs = isUsable ? Math.min(asked, caller.responseBudgetMs) : caller.responseBudgetMs
  return { at: arrivedAt + budgetMs, windowEndsAt: receivedAt + budgetMs }
}
