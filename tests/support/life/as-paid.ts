import type { ModelDebit, Money, Part } from '../model/state.ts'
import { sum } from '../model/state.ts'
import type { Seen } from './compare.ts'
import type { StandingDebit } from './standing.ts'

/**
 * The model's money with each purchase paid by as many debits as it really was: how much each asset affords depends on
 * rates, which the model does not know. That they sum to the purchase is judged here, everything that becomes of them
 * by the model. A purchase that was divided otherwise stays one debit, and differs.
 */
export function asPaid(money: Money, { sent, standing }: Pick<Seen, 'sent' | 'standing'>): Money {
  const idOf = (name: string) => sent.get(name)?.authorizationId?.slice('aut_'.length)
  const asked = standing.debits.filter(({ purpose }) => purpose === 'authorization')
  const byId = Map.groupBy(asked, (debit) => debit.authorization_id)
  const holds = Object.entries(money.holds).map(([name, hold]) => {
    const parts = hold.parts.map((part) => divide(part, byId.get(idOf(part.name) ?? '') ?? []))
    return [name, { ...hold, parts: parts as readonly Part[] as typeof hold.parts }] as const
  })
  return { ...money, holds: Object.fromEntries(holds) }
}

function divide(part: Part, paid: readonly StandingDebit[]): Part {
  return {
    ...part,
    debits: part.debits.flatMap((debit): readonly ModelDebit[] => {
      const { purpose, billing, steps } = debit
      const parts = paid.map((one) => BigInt(one.billing ?? 0))
      const isDivided = parts.length > 1 && sum(parts) === billing
      if (purpose !== 'authorization' || steps.length > 0 || !isDivided) return [debit]
      return parts.map((one) => ({ ...debit, billing: one }))
    }),
  }
}
