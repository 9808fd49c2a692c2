import type { DebitOrder, DebitResult } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import { CRYPTO_ASSETS, type CryptoAsset } from '@tolem/money/asset'
import {
  type Bench,
  broken,
  type Check,
  flawInTimesMoved,
  held,
  newDebit,
  notRun,
  spanAround,
} from './bench.ts'

/** What a single debit must be, and what must not become of one that cannot be. */
export const DEBIT_CHECKS: readonly Check[] = [
  {
    name: 'debit',
    guarantee: 'a debit that is answered is executed once, for exactly its amount',
    async run(bench) {
      const order = newDebit(bench)
      const before = await balanceOf(bench)
      const result = await bench.rail.debit(order, bench.limit)
      if (result.kind !== 'debited') return broken(tell(result))
      const flaw = await flawInMovement(bench, order)
      if (flaw) return broken(flaw)
      const after = await balanceOf(bench)
      if (before !== undefined && after !== undefined) {
        const taken = before - after
        return taken === order.amount
          ? held('the balance fell by it')
          : broken(`${taken} were taken`)
      }
      return bench.movements ? held('the exchange moved it') : notRun('nobody tells what was taken')
    },
  },
  {
    name: 'too much',
    guarantee: 'a debit beyond the balance is refused for want of funds and moves nothing',
    async run(bench) {
      if (bench.tooMuch === undefined) return notRun('no amount beyond the balance is known')
      const order = { ...newDebit(bench), amount: bench.tooMuch }
      const sentAt = bench.now()
      const result = await bench.rail.debit(order, bench.limit)
      if (result.kind === 'debited') return broken('it was debited')
      const flaw = await flawInTimesMoved(bench, order.reference, 0)
      if (flaw) return broken(flaw)
      if (result.kind === 'rejected' && result.reason === 'insufficient_funds')
        return held('refused for want of funds')
      // An exchange may have no published word for it: then only a look-up can tell, and must.
      const found = await bench.rail.lookUpDebit(order, spanAround(bench, sentAt))
      return found.kind === 'executed' ? broken('a look-up calls it executed') : held(tell(result))
    },
  },
  {
    name: 'less than a step',
    guarantee: 'an amount that is no multiple of the step never leaves',
    async run(bench) {
      const asset = CRYPTO_ASSETS.find((one) => bench.rail.stepOf(one) > 1n)
      if (!asset) return notRun('every step is our own smallest unit')
      const amount = amountOf<CryptoAsset>(asset, bench.rail.stepOf(asset) + 1n)
      const calls = await bench.trouble?.calls()
      const result = await bench.rail.debit({ ...newDebit(bench), asset, amount }, bench.limit)
      const more = calls === undefined ? 0 : ((await bench.trouble?.calls()) ?? 0) - calls
      if (result.kind !== 'rejected') return broken(tell(result))
      return more === 0 ? held('refused here') : broken('it was sent')
    },
  },
  {
    name: 'no time',
    guarantee: 'a debit without time left never leaves',
    async run(bench) {
      const order = newDebit(bench)
      const result = await bench.rail.debit(order, { timeoutMs: 0 })
      if (result.kind !== 'rejected') return broken(tell(result))
      const flaw = await flawInTimesMoved(bench, order.reference, 0)
      return flaw ? broken(flaw) : held('refused here')
    },
  },
  {
    name: 'another wallet',
    guarantee: 'a wallet that the exchange does not know is never debited',
    async run(bench) {
      const wallet = { ...bench.wallet, walletId: strange(bench.wallet.walletId) }
      const order = { ...newDebit(bench), wallet }
      const result = await bench.rail.debit(order, bench.limit)
      if (result.kind === 'debited') return broken('it was debited')
      const flaw = await flawInTimesMoved(bench, order.reference, 0)
      return flaw ? broken(flaw) : held(tell(result))
    },
  },
]

/** What the exchange's own books have other than one debit of exactly the order; nothing where it cannot be asked. */
async function flawInMovement(bench: Bench, order: DebitOrder): Promise<string | undefined> {
  const { reference, asset, amount } = order
  const [moved, ...others] = (await bench.movements?.(reference)) ?? []
  if (moved === undefined || others.length > 0) return flawInTimesMoved(bench, reference, 1)
  if (moved.kind === 'debit' && moved.asset === asset && moved.amount === amount) return undefined
  return `the exchange has a ${moved.kind} of ${moved.amount} ${moved.asset}`
}

/** What the wallet holds of the bench's asset; nothing where the rail cannot tell. */
export async function balanceOf({
  rail,
  wallet,
  asset,
  limit,
}: Bench): Promise<bigint | undefined> {
  const told = await rail.balances({ wallet }, limit)
  if (!told.ok) return undefined
  return told.value.find((balance) => balance.asset === asset)?.amount ?? 0n
}

/** A result in words. */
export function tell(result: DebitResult): string {
  if (result.kind === 'debited') return `debited as ${result.exchangeReference}`
  return result.kind === 'rejected'
    ? `rejected (${result.reason}): ${result.detail}`
    : `in doubt: ${result.detail}`
}

/** An id of the same form that nobody has: its digits are turned round. */
function strange(walletId: string): string {
  const turned = walletId.replace(/[0-9]/g, (digit) => String(9 - Number(digit)))
  return turned === walletId ? `${walletId}x` : turned.replace(/^0/, '9')
}
