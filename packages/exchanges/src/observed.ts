import type { Rail } from '@tolem/domain/card'
import type { ExchangeId } from '@tolem/domain/ids'
import type { CreditResult, DebitRefusal, DebitResult, LookUpResult } from '@tolem/domain/movement'
import type { RailPort } from './port.ts'

/** One call to a rail, as metrics count it. A refused debit is counted by its reason. */
export type RailCall = {
  readonly exchange: ExchangeId
  readonly rail: Rail
  readonly call: 'debit' | 'credit' | 'lookUpDebit' | 'lookUpCredit' | 'balances'
  readonly outcome:
    | DebitResult['kind']
    | DebitRefusal
    | CreditResult['kind']
    | LookUpResult['kind']
    | 'available'
    | 'unavailable'
    | 'unsupported'
  readonly seconds: number
}

/** The same rail, with each call told to `observe` when it has ended. */
export function observed(port: RailPort, observe: (call: RailCall) => void): RailPort {
  const timed = async <T>(
    call: RailCall['call'],
    start: () => Promise<T>,
    outcomeOf: (value: T) => RailCall['outcome'],
  ): Promise<T> => {
    const { exchange, rail } = port
    const startedAt = performance.now()
    const value = await start()
    const seconds = (performance.now() - startedAt) / 1_000
    observe({ exchange, rail, call, outcome: outcomeOf(value), seconds })
    return value
  }
  const kind = <K>(result: { readonly kind: K }): K => result.kind
  return {
    ...port,
    debit: (order, limit) =>
      timed(
        'debit',
        () => port.debit(order, limit),
        (result) => (result.kind === 'rejected' ? result.reason : result.kind),
      ),
    credit: (order, limit) => timed('credit', () => port.credit(order, limit), kind),
    lookUpDebit: (order, span) => timed('lookUpDebit', () => port.lookUpDebit(order, span), kind),
    lookUpCredit: (order, span) =>
      timed('lookUpCredit', () => port.lookUpCredit(order, span), kind),
    balances: (order, limit) =>
      timed(
        'balances',
        () => port.balances(order, limit),
        (told) => (told.ok ? 'available' : told.reason),
      ),
  }
}
