import type { Rail } from '@tolem/domain/card'
import type {
  CreditOrder,
  DebitOrder,
  DebitRefusal,
  LookUpResult,
  MovementCapabilities,
} from '@tolem/domain/movement'
import type { CryptoAsset } from '@tolem/money/asset'
import type { ExchangeSettings } from '../settings.ts'
import type { Reply, SeenRequest } from './scripted-exchange.ts'

/** How an exchange's record of an order may differ from the order. */
export type Difference = {
  readonly reference?: string
  readonly asset?: string
  readonly amount?: string
  readonly customer?: string
  readonly status?: string
}

/** What one exchange says on the wire, so that one suite can ask every rail for the same guarantees. */
export type Dialect = {
  readonly rail: Rail
  readonly debitOrder: DebitOrder
  readonly creditOrder: CreditOrder
  /** What one unit of the exchange's is in ours, asset by asset. */
  readonly steps: Readonly<Record<CryptoAsset, bigint>>
  settings(host: string): ExchangeSettings
  /** How our reference stands on the wire, where the exchange wants another form of it. */
  wireReference?(reference: string): string
  /** Checks a request's signature with nothing of the adapter's. */
  isSigned(request: SeenRequest): boolean
  /** The validity window that a request asks for, in milliseconds; absent: none can be asked for. */
  readonly windowOf?: (request: SeenRequest) => number
  readonly promises: MovementCapabilities
  /** The answer to a credit only says that it was taken: it is in doubt until it is looked up. */
  readonly creditsEndLater?: true
  debited(difference?: Difference): Reply
  credited(difference?: Difference): Reply
  debitFound(difference?: Difference): Reply
  creditFound(difference?: Difference): Reply
  /** What the exchange calls the movement in these answers. */
  readonly exchangeReference: { readonly debit: string; readonly credit: string }
  readonly debitNotFound: Reply
  readonly creditNotFound: Reply
  readonly refusals: readonly (readonly [what: string, reply: Reply, reason: DebitRefusal])[]
  readonly doubts: readonly (readonly [what: string, reply: Reply])[]
  readonly creditRefusals: readonly (readonly [what: string, reply: Reply])[]
  readonly creditDoubts: readonly (readonly [what: string, reply: Reply])[]
  /** Records of the debit that are neither executed as ordered nor missing. */
  readonly records: readonly (readonly [what: string, reply: Reply, kind: LookUpResult['kind']])[]
  /** Answers that ban us, and for how long. */
  readonly bans: readonly (readonly [what: string, reply: Reply, pauseMs: number])[]
}

/** An HTTP answer with a JSON body. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }
}
