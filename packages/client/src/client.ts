import { randomUUID } from 'node:crypto'
import { createSigner, type SigningKey } from '@tolem/signature/sign'
import { type AdviceAnswer, type AdviceBody, adviceAnswer } from '@tolem/wire/advice'
import { type AuthorizationAnswer, authorizationAnswer } from '@tolem/wire/authorization'
import { type BalanceAnswer, type BalanceInquiryBody, balanceAnswer } from '@tolem/wire/balance'
import { type BankAnswer, bankAnswer } from '@tolem/wire/bank'
import { type CardBody, cardAnswer } from '@tolem/wire/card'
import { type ClearingAnswer, type ClearingBody, clearingAnswer } from '@tolem/wire/clearing'
import { type EchoAnswer, echoAnswer } from '@tolem/wire/echo'
import {
  type AuthorizationPage,
  type AuthorizationRecord,
  type AuthorizationSummary,
  authorizationPage,
  authorizationRecord,
  type RatesAnswer,
  ratesAnswer,
} from '@tolem/wire/inquiry'
import { type MandateAnswer, type MandateBody, mandateAnswer } from '@tolem/wire/mandate'
import { type RefundAnswer, type RefundBody, refundAnswer } from '@tolem/wire/refund'
import type { AuthorizationBody, IncrementBody } from '@tolem/wire/request'
import { type ReversalAnswer, type ReversalBody, reversalAnswer } from '@tolem/wire/reversal'
import { Pool } from 'undici'
import type { z } from 'zod'
import { tellFailure } from './failure.ts'
import { type Reply, readReply, toReply } from './reply.ts'
import type { Result } from './result.ts'

/** A connection to Tolem in the name of one bank. */
type ClientOptions = {
  /** Scheme, host and port, such as `https://tolem.example`. */
  readonly url: string
  readonly key: SigningKey
  /** How long a whole call may take, waiting for a free connection included, before it counts as unanswered. */
  readonly timeoutMs: number
  /** How many connections may be open at once; calls beyond that wait. */
  readonly connections?: number
  /** Milliseconds since 1970; dates the signatures. */
  readonly now?: () => number
  /** 8 to 128 printable characters, never the same twice. */
  readonly nonce?: () => string
}

/** A request before it is signed. */
type RequestToSend = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** From the first slash, with its query. */
  readonly path: string
  readonly body?: string | Uint8Array
  /** Lower-case names. They are laid over the signature's own, so that tests can also send what was not signed. */
  readonly headers?: Readonly<Record<string, string>>
}

/** What is listed: everything of the bank unless told otherwise. */
export type ListQuery = {
  readonly cardToken?: string
  readonly state?: AuthorizationSummary['state']
  readonly kind?: AuthorizationSummary['kind']
  /** Received at this instant or later: ISO 8601 with a zone. */
  readonly from?: string
  /** Received before this instant: ISO 8601 with a zone. */
  readonly to?: string
  /** Of one page: 1 to 200, 50 unless given. */
  readonly limit?: number
}

/** The bank API as a bank's program calls it. No call is ever sent twice, and none but `send` rejects. */
export type Client = {
  /** `POST /v1/authorizations` */
  authorize(body: AuthorizationBody): Promise<Result<AuthorizationAnswer>>
  /** `POST /v1/increments`: raises what an earlier authorization holds; the amount is what is added. */
  increment(body: IncrementBody): Promise<Result<AuthorizationAnswer>>
  /** `POST /v1/advices`: what the bank decided in our place. It is always accepted. */
  advise(body: AdviceBody): Promise<Result<AdviceAnswer>>
  /** `POST /v1/reversals`: a full one, or with `replacementAmount` a partial one. It is never refused. */
  reverse(body: ReversalBody): Promise<Result<ReversalAnswer>>
  /** `POST /v1/clearings`: one presentment. Without `original` a force post. It is always accepted. */
  clear(body: ClearingBody): Promise<Result<ClearingAnswer>>
  /** `POST /v1/refunds`: money back after the fact, which may be declined. Without `original` an unmatched refund. */
  refund(body: RefundBody): Promise<Result<RefundAnswer>>
  /** `PUT /v1/cards/{cardToken}`: the whole card as it shall be. */
  putCard(cardToken: string, body: CardBody): Promise<Result<CardAnswer>>
  /** `PUT /v1/cards/{cardToken}/status`: a problem where the card may not become that any more. */
  putStatus(cardToken: string, status: CardBody['status']): Promise<Result<CardAnswer>>
  /** `PUT /v1/cards/{cardToken}/controls`: the cardholder's own controls, instead of all that there were. */
  putControls(cardToken: string, body: CardControlsBody): Promise<Result<CardAnswer>>
  /** `PUT /v1/cards/{cardToken}/wallet-link`: which wallet pays from now on. */
  putWalletLink(cardToken: string, body: WalletLinkBody): Promise<Result<CardAnswer>>
  /** `DELETE /v1/cards/{cardToken}/wallet-link`: nothing pays from now on, and its mandates are ended. */
  removeWalletLink(cardToken: string): Promise<Result<CardAnswer>>
  /** `POST /v1/cards/{cardToken}/mandates`: a link by which the cardholder allows debits. */
  requestMandate(cardToken: string, body: MandateBody): Promise<Result<MandateAnswer>>
  /** `GET /v1/cards/{cardToken}/mandates/{mandateId}` */
  findMandate(cardToken: string, mandateId: string): Promise<Result<MandateAnswer>>
  /** `GET /v1/cards/{cardToken}` */
  findCard(cardToken: string): Promise<Result<CardAnswer>>
  /** `GET /v1/authorizations/{id}` */
  findAuthorization(id: string): Promise<Result<AuthorizationRecord>>
  /**
   * `GET /v1/authorizations`, page after page, the latest first. It ends with the last page, or with the first result
   * that is none: what that page would have held is then not known.
   */
  listAuthorizations(query?: ListQuery): AsyncGenerator<Result<AuthorizationPage>, void, undefined>
  /** `POST /v1/balance-inquiries`: the tenge that the card's wallet would buy now. */
  inquireBalance(body: BalanceInquiryBody): Promise<Result<BalanceAnswer>>
  /** `GET /v1/rates` */
  rates(): Promise<Result<RatesAnswer>>
  /** `GET /v1/banks/me`: what the programme says of this bank. */
  me(): Promise<Result<BankAnswer>>
  /** `POST /v1/echo`: is anybody there? The id comes back. */
  echo(echoId: string): Promise<Result<EchoAnswer>>
  /** Signs and sends anything, and gives what came back unread. Rejects when nothing did. */
  send(request: RequestToSend): Promise<Reply>
  /** Waits for the calls under way, each bounded by the timeout, and closes the connections. */
  close(): Promise<void>
}

type CardAnswer = z.output<typeof cardAnswer>
type CardControlsBody = NonNullable<CardBody['controls']>
type WalletLinkBody = NonNullable<CardBody['walletLink']>

/** Far more than any documented answer; an endless body must not fill the memory. */
const LARGEST_ANSWER_BYTES = 1024 * 1024

/**
 * Joins a bank to Tolem.
 *
 * @throws when the key cannot be read; the message does not repeat the secret.
 */
export function createClient(options: ClientOptions): Client {
  const { timeoutMs, now = Date.now, nonce = randomUUID } = options
  const { origin } = new URL(options.url)
  const signer = createSigner(options.key)
  const pool = new Pool(origin, {
    connections: options.connections ?? 16,
    pipelining: 1,
    connect: { timeout: timeoutMs },
    maxResponseSize: LARGEST_ANSWER_BYTES,
  })

  async function send({ method, path, body = '', headers }: RequestToSend): Promise<Reply> {
    const target = new URL(origin + path)
    const bytes = typeof body === 'string' ? Buffer.from(body) : body
    const created = Math.floor(now() / 1000)
    const signed = signer.sign({ method, url: target.href, body: bytes, created, nonce: nonce() })
    const response = await pool.request({
      method,
      path: target.pathname + target.search,
      headers: {
        ...(bytes.length > 0 && { 'content-type': 'application/json' }),
        ...signed,
        ...headers,
      },
      body: bytes.length > 0 ? bytes : null,
      signal: AbortSignal.timeout(timeoutMs),
    })
    const text = await response.body.text()
    return toReply({ status: response.statusCode, headers: response.headers, body: text })
  }

  async function call<Schema extends z.ZodType>(
    schema: Schema,
    request: RequestToSend,
  ): Promise<Result<z.output<Schema>>> {
    try {
      return readReply(schema, await send(request))
    } catch (error) {
      // Whatever went wrong on the way, the caller must treat the message as one that may have arrived.
      return { kind: 'unreachable', detail: tellFailure(error, timeoutMs) }
    }
  }

  return { ...createCalls(call), send, close: () => pool.close() }
}

type Call = <Schema extends z.ZodType>(
  schema: Schema,
  request: RequestToSend,
) => Promise<Result<z.output<Schema>>>

function createCalls(call: Call): Omit<Client, 'send' | 'close'> {
  return {
    authorize: (body) => call(authorizationAnswer, post('/v1/authorizations', body)),
    increment: (body) => call(authorizationAnswer, post('/v1/increments', body)),
    advise: (body) => call(adviceAnswer, post('/v1/advices', body)),
    reverse: (body) => call(reversalAnswer, post('/v1/reversals', body)),
    clear: (body) => call(clearingAnswer, post('/v1/clearings', body)),
    refund: (body) => call(refundAnswer, post('/v1/refunds', body)),
    putCard: (cardToken, body) => call(cardAnswer, put(pathOf(cardToken), body)),
    putStatus: (cardToken, status) =>
      call(cardAnswer, put(`${pathOf(cardToken)}/status`, { status })),
    putControls: (cardToken, body) => call(cardAnswer, put(`${pathOf(cardToken)}/controls`, body)),
    putWalletLink: (cardToken, body) =>
      call(cardAnswer, put(`${pathOf(cardToken)}/wallet-link`, body)),
    removeWalletLink: (cardToken) =>
      call(cardAnswer, { method: 'DELETE', path: `${pathOf(cardToken)}/wallet-link` }),
    requestMandate: (cardToken, body) =>
      call(mandateAnswer, post(`${pathOf(cardToken)}/mandates`, body)),
    findMandate: (cardToken, mandateId) =>
      call(mandateAnswer, {
        method: 'GET',
        path: `${pathOf(cardToken)}/mandates/${encodeURIComponent(mandateId)}`,
      }),
    findCard: (cardToken) => call(cardAnswer, { method: 'GET', path: pathOf(cardToken) }),
    findAuthorization: (id) =>
      call(authorizationRecord, {
        method: 'GET',
        path: `/v1/authorizations/${encodeURIComponent(id)}`,
      }),
    listAuthorizations: (query = {}) => listPages(call, query),
    inquireBalance: (body) => call(balanceAnswer, post('/v1/balance-inquiries', body)),
    rates: () => call(ratesAnswer, { method: 'GET', path: '/v1/rates' }),
    me: () => call(bankAnswer, { method: 'GET', path: '/v1/banks/me' }),
    echo: (echoId) => call(echoAnswer, post('/v1/echo', { echoId })),
  }
}

async function* listPages(
  call: Call,
  query: ListQuery,
): AsyncGenerator<Result<AuthorizationPage>, void, undefined> {
  const parameters = new URLSearchParams(
    Object.entries(query).map(([name, value]) => [name, String(value)]),
  )
  for (;;) {
    const search = parameters.size === 0 ? '' : `?${parameters.toString()}`
    const path = `/v1/authorizations${search}`
    const result = await call(authorizationPage, { method: 'GET', path })
    yield result
    if (result.kind !== 'decided' || result.answer.nextCursor === undefined) return
    parameters.set('cursor', result.answer.nextCursor)
  }
}

function pathOf(cardToken: string): string {
  return `/v1/cards/${encodeURIComponent(cardToken)}`
}

function put(path: string, body: object): RequestToSend {
  return { method: 'PUT', path, body: JSON.stringify(body) }
}

function post(path: string, body: object): RequestToSend {
  return { method: 'POST', path, body: JSON.stringify(body) }
}
