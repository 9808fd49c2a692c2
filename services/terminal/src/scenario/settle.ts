import { type Amount, add, amountOf, formatAmount, parseAmount } from '@tolem/money/amount'
import { type CryptoAsset, isCryptoAsset } from '@tolem/money/asset'
import type { AuthorizationRecord } from '@tolem/wire/inquiry'
import type { Step } from './scenario.ts'

type SettleStep = Extract<Step, { readonly kind: 'settle' }>
type Movement = AuthorizationRecord['movements'][number]

/** What a set of authorizations moved at exchanges. */
export type Moved = {
  readonly debited: readonly string[]
  readonly credited: readonly string[]
  readonly debits: number
  /** Movements of which it is not known yet whether they happened. */
  readonly open: number
  readonly keeps: SettleStep['keeps']
}

/** Adds up the movements of some records. A movement that stands in several of them counts once. */
export function sumMovements(records: readonly AuthorizationRecord[]): Moved {
  const movements = new Map(
    records.flatMap((record) => record.movements.map((one) => [one.reference, one])),
  )
  const all = [...movements.values()]
  const executed = all.filter(({ state }) => state === 'executed')
  const debited = addUp(executed.filter(({ kind }) => kind === 'debit'))
  const credited = addUp(executed.filter(({ kind }) => kind === 'credit'))
  return {
    debited: format(debited),
    credited: format(credited),
    debits: executed.filter(({ kind }) => kind === 'debit').length,
    open: all.filter(({ state }) => state === 'intended' || state === 'in_doubt').length,
    keeps: keepsOf(debited, credited),
  }
}

/** What is not yet, or not, as a step expects it. */
export function compareMoved(step: SettleStep, moved: Moved): string[] {
  return [
    ...(moved.open > 0 ? [`movements: ${moved.open} are not final`] : []),
    ...(moved.debits === step.debits
      ? []
      : [`debits: expected ${step.debits}, made ${moved.debits}`]),
    ...(moved.keeps === step.keeps
      ? []
      : [`stays debited: expected ${step.keeps}, found ${moved.keeps}`]),
  ]
}

type Sums = ReadonlyMap<CryptoAsset, Amount<CryptoAsset>>

function addUp(movements: readonly Movement[]): Sums {
  const sums = new Map<CryptoAsset, Amount<CryptoAsset>>()
  for (const { asset, amount } of movements) {
    const parsed = isCryptoAsset(asset) ? parseAmount(asset, amount) : undefined
    if (!isCryptoAsset(asset) || !parsed?.ok) throw new Error(`${amount} ${asset} is no amount`)
    sums.set(asset, add(sums.get(asset) ?? amountOf(asset, 0n), parsed.value))
  }
  return sums
}

/** Nothing where nothing was debited. */
function keepsOf(debited: Sums, credited: Sums): SettleStep['keeps'] {
  const isBack = [...debited].every(([asset, amount]) => credited.get(asset) === amount)
  if (isBack) return 'nothing'
  return credited.size === 0 ? 'all' : 'part'
}

function format(sums: Sums): string[] {
  return [...sums].map(([asset, amount]) => `${formatAmount(asset, amount)} ${asset}`)
}
