import type { Rail } from '@tolem/domain/card'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type {
  CreditOrder,
  CreditResult,
  DebitOrder,
  LookUpResult,
  MovementCapabilities,
} from '@tolem/domain/movement'
import type { CallLimit, RailPort } from '@tolem/exchanges/port'
import { createGates } from './gates.ts'
import { createWallets, type DebitFate } from './wallets.ts'

/** What one sending of a credit comes to. */
export type CreditFate =
  | 'credited'
  /** Executed, and the answer lost. */
  | 'answer_lost'
  /** The answer lost, and executed only at the last moment of its validity. */
  | 'executed_late'
  /** Never arrived. */
  | 'lost'
  | 'rejected'

/** What one look-up comes to. `stale` overlooks what is there, as long as the rail does not promise finality. */
export type LookUpFate = 'truth' | 'stale' | 'unknown' | 'contradicted'

/** One movement in the exchange's own books. */
export type Execution = {
  readonly kind: 'debit' | 'credit'
  readonly order: DebitOrder
  /** From when on it happened. */
  readonly at: number
  /** From when on every look-up finds it. */
  readonly visibleAt: number
}

type Asked = { readonly method: string; readonly order: DebitOrder; readonly limit?: CallLimit }

type Call = {
  readonly method: string
  readonly reference: MovementReference
  readonly at: number
  /** Of a sending: the last moment at which it can be executed. */
  readonly validUntil?: number
}

/**
 * The exchange's side of a rail: keeps books of what it executed, and misbehaves as its script says. Where the rail is
 * not safe to resend on, each sending that is executed moves, so a wrong resend shows in the books.
 */
export type ScriptedExchange = RailPort & {
  readonly executions: readonly Execution[]
  readonly calls: readonly Call[]
  readonly script: {
    readonly debits: Map<MovementReference, DebitFate[]>
    readonly credits: Map<MovementReference, CreditFate[]>
    readonly lookUps: Map<MovementReference, LookUpFate[]>
  }
  /** What a wallet holds of each asset: where it is set debits are bounded by it, and balances are told. */
  readonly funds: Map<string, bigint>
  /** Books a debit that an authorizer asked for; it may be hidden from look-ups for a while. */
  readonly bookDebit: (order: DebitOrder, visibleInMs?: number) => void
  /** Holds back the next answer about a reference, after the call had its effect. */
  readonly holdAnswer: (reference: MovementReference) => {
    readonly reached: Promise<void>
    readonly release: () => void
  }
}

export function createScriptedExchange(options: {
  readonly exchange: ExchangeId
  readonly rail: Rail
  readonly isResendSafe: boolean
  readonly notFoundIsFinalAfterMs: number
}): ScriptedExchange {
  const { isResendSafe, notFoundIsFinalAfterMs } = options
  const executions: Execution[] = []
  const calls: Call[] = []
  const gates = createGates()
  const funds = new Map<string, bigint>()
  const debits = new Map<MovementReference, DebitFate[]>()
  const wallets = createWallets({ debits, funds, executions, notFoundIsFinalAfterMs })
  const credits = new Map<MovementReference, CreditFate[]>()
  const lookUps = new Map<MovementReference, LookUpFate[]>()

  async function answer<Result>(asked: Asked, result: Result): Promise<Result> {
    calls.push(toCall(asked))
    await gates.pass(asked.order.reference)
    return result
  }

  function execute(order: CreditOrder, at: number, validUntil: number): void {
    const isRepeat = executions.some((done) => done.order.reference === order.reference)
    if (isRepeat && isResendSafe) return
    const visibleAt = validUntil + notFoundIsFinalAfterMs
    executions.push({ kind: 'credit', order, at, visibleAt })
  }

  function credit(order: CreditOrder, { timeoutMs }: CallLimit): CreditResult {
    const validUntil = Date.now() + timeoutMs
    const fate = credits.get(order.reference)?.shift() ?? 'credited'
    if (fate === 'rejected') return { kind: 'rejected', detail: 'programme has no funds' }
    if (fate === 'executed_late') execute(order, validUntil, validUntil)
    else if (fate !== 'lost') execute(order, Date.now(), validUntil)
    if (fate === 'credited') return { kind: 'credited', exchangeReference: `x-${order.reference}` }
    return { kind: 'in_doubt', detail: fate }
  }

  function lookUp(order: DebitOrder): LookUpResult {
    const fate = lookUps.get(order.reference)?.shift() ?? 'truth'
    if (fate === 'unknown') return { kind: 'unknown', detail: 'HTTP 502' }
    if (fate === 'contradicted') return { kind: 'contradicted', detail: 'another amount' }
    const now = Date.now()
    const found = executions.find(
      (done) =>
        done.order.reference === order.reference &&
        now >= (fate === 'stale' ? Math.max(done.at, done.visibleAt) : done.at),
    )
    if (!found) return { kind: 'not_found' }
    return { kind: 'executed', exchangeReference: `x-${order.reference}` }
  }

  return {
    ...options,
    capabilities: capabilitiesOf(options),
    executions,
    calls,
    script: { debits, credits, lookUps },
    funds,
    stepOf: () => 1n,
    debit: (order, limit) => answer({ method: 'debit', order, limit }, wallets.debit(order, limit)),
    credit: (order, limit) => answer({ method: 'credit', order, limit }, credit(order, limit)),
    lookUpDebit: (order) => answer({ method: 'lookUpDebit', order }, lookUp(order)),
    lookUpCredit: (order) => answer({ method: 'lookUpCredit', order }, lookUp(order)),
    balances: async (order) => Promise.resolve(wallets.balances(order)),
    bookDebit: (order, visibleInMs = 0) => {
      const at = Date.now()
      executions.push({ kind: 'debit', order, at: at + visibleInMs, visibleAt: at + visibleInMs })
    },
    holdAnswer: gates.close,
  }
}

function toCall({ method, order, limit }: Asked): Call {
  const at = Date.now()
  const { reference } = order
  return { method, reference, at, ...(limit && { validUntil: at + limit.timeoutMs }) }
}

function capabilitiesOf({
  isResendSafe,
  notFoundIsFinalAfterMs,
}: Parameters<typeof createScriptedExchange>[0]): MovementCapabilities {
  const kind = isResendSafe ? 'for_ever' : 'undocumented'
  return { reference: { kind }, hasValidityWindow: true, notFoundIsFinalAfterMs }
}
