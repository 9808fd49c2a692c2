import type { Deadline } from '@tolem/domain/deadline'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { DebitOrder } from '@tolem/domain/movement'
import { accept } from '@tolem/domain/outcome'
import type { RailPort } from '@tolem/exchanges/port'
import { amountOf } from '@tolem/money/amount'
import { expect, test } from 'vitest'
import { createBalance } from './balance.ts'
import { createDebit } from './debit.ts'
import { createKnownBalances } from './known-balances.ts'

const IN_TIME: Deadline = { at: 1_000, windowEndsAt: 1_000 }
const TOO_LATE: Deadline = { at: 320, windowEndsAt: 320 }

const ORDER: DebitOrder = {
  reference: 'r1' as MovementReference,
  wallet: {
    exchange: 'binance' as ExchangeId,
    rail: 'binance-subaccount',
    walletId: 'w1',
    assets: ['USDT', 'BTC'],
  },
  asset: 'USDT',
  amount: amountOf('USDT', 30n),
}

/** A debit that the wallet cannot cover, and what the fall-back asks after it: from a wallet of ten. */
async function fallShort(order: DebitOrder, deadline: Deadline) {
  const looks: string[] = []
  const rail = {
    debit: async () => ({ kind: 'rejected', reason: 'insufficient_funds', detail: 'too little' }),
    balances: async ({ wallet }) => {
      looks.push(wallet.walletId)
      return accept([{ asset: 'USDT', amount: amountOf('USDT', 10n) }])
    },
    stepOf: () => 1n,
  } as Partial<RailPort> as RailPort
  const deps = { railFor: () => rail, monotonicNow: () => 0 }
  const balances = createKnownBalances({ ...deps, maximumAgeMs: 60_000 })
  await createDebit({ ...deps, balances })([order], deadline)
  const told = await createBalance({ ...deps, balances }).balance(order, deadline)
  await new Promise(setImmediate)
  return { looks, told, known: balances.heldIn(order.wallet) }
}

const TEN = new Map([['USDT', 10n]])

test('what a wallet holds that cannot cover a debit is asked once, and remembered', async () => {
  expect(await fallShort(ORDER, IN_TIME)).toMatchObject({
    looks: ['w1'],
    told: { held: TEN },
    known: TEN,
  })
})

test('where no time is left to ask, it is asked beside the path, for the next purchase', async () => {
  const { looks, told, known } = await fallShort(ORDER, TOO_LATE)
  expect([looks, told, known]).toEqual([['w1'], undefined, TEN])
})

test('of a wallet of one asset nothing is remembered', async () => {
  const order: DebitOrder = { ...ORDER, wallet: { ...ORDER.wallet, assets: ['USDT'] } }
  expect(await fallShort(order, TOO_LATE)).toMatchObject({ looks: [], known: undefined })
  const { looks, known } = await fallShort(order, IN_TIME)
  expect([looks, known]).toEqual([['w1'], undefined])
})
