import type { Deadline } from '@tolem/domain/deadline'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { DebitOrder, DebitResult } from '@tolem/domain/movement'
import type { RailPort } from '@tolem/exchanges/port'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { expect, test } from 'vitest'
import { createDebit } from './debit.ts'
import { createKnownBalances } from './known-balances.ts'

const DEBITED = { kind: 'debited', exchangeReference: 'x' } as const
const IN_TIME: Deadline = { at: 1_000, windowEndsAt: 1_000 }
const TOO_LATE: Deadline = { at: 259, windowEndsAt: 259 }

function orderOf(asset: CryptoAsset, assets: DebitOrder['wallet']['assets']): DebitOrder {
  const exchange = 'binance' as ExchangeId
  const wallet = { exchange, rail: 'binance-subaccount', walletId: 'w1', assets } as const
  const reference = `debit of ${asset}` as MovementReference
  return { reference, wallet, asset, amount: amountOf(asset, 30n) }
}

/** Debits at a rail that answers each asset as told, of a wallet that holds a hundred of each. */
function open(results: Partial<Record<CryptoAsset, DebitResult>> = {}) {
  const asked: { readonly asset: CryptoAsset; readonly timeoutMs: number }[] = []
  const rail = {
    debit: ({ asset }, { timeoutMs }) => {
      asked.push({ asset, timeoutMs })
      return Promise.resolve(results[asset] ?? DEBITED)
    },
  } as Partial<RailPort> as RailPort
  const looked: string[] = []
  const monotonicNow = () => 0
  const known = createKnownBalances({
    railFor: () => undefined,
    maximumAgeMs: 60_000,
    monotonicNow,
  })
  const refresh = ({ walletId }: DebitOrder['wallet']) => {
    looked.push(walletId)
    return Promise.resolve()
  }
  const balances = { ...known, refresh }
  const debit = createDebit({ railFor: () => rail, balances, monotonicNow })
  const [first] = BOTH
  const fill = () =>
    known.told(
      first.wallet,
      new Map(first.wallet.assets.map((asset) => [asset, amountOf(asset, 100n)])),
    )
  const held = () => Object.fromEntries(known.heldIn(first.wallet) ?? [])
  return { debit, asked, looked, fill, held }
}

const BOTH = [orderOf('USDT', ['USDT', 'BTC']), orderOf('BTC', ['USDT', 'BTC'])] as const

test('all debits are asked for at once, with what the deadline leaves, and answered in order', async () => {
  const refused = { kind: 'rejected', reason: 'exchange_refused', detail: 'no' } as const
  const { debit, asked } = open({ USDT: refused })
  expect(await debit(BOTH, IN_TIME)).toEqual([refused, DEBITED])
  expect(asked).toEqual([
    { asset: 'USDT', timeoutMs: 800 },
    { asset: 'BTC', timeoutMs: 800 },
  ])
})

test.each<[string, DebitResult, object]>([
  ['what was debited is not there any more', DEBITED, { USDT: 70n, BTC: 70n }],
  ['what is in doubt may not be there', { kind: 'in_doubt', detail: '' }, { USDT: 70n, BTC: 70n }],
  [
    'what was turned away is still there',
    { kind: 'rejected', reason: 'exchange_unavailable', detail: '' },
    { USDT: 70n, BTC: 100n },
  ],
  [
    'what was wrong is forgotten',
    { kind: 'rejected', reason: 'insufficient_funds', detail: '' },
    {},
  ],
])('%s', async (_name, result, left) => {
  const { debit, fill, held, looked } = open({ BTC: result })
  fill()
  await debit(BOTH, IN_TIME)
  expect(held()).toEqual(left)
  expect(looked).toEqual(['w1'])
})

test.each(['in_doubt', 'rejected', 'debited'] as const)(
  'a debit is sent once, also when it is %s',
  async (kind) => {
    const result = { kind, reason: 'exchange_unavailable', detail: '', exchangeReference: 'x' }
    const { debit, asked } = open({ USDT: result as DebitResult })
    for (const assets of [['USDT'], ['USDT', 'BTC']] as const)
      await debit([orderOf('USDT', assets)], IN_TIME)
    expect(asked).toHaveLength(2)
  },
)

test('nothing is sent when too little of the deadline is left, and all of it is still there', async () => {
  const { debit, asked, fill, held } = open()
  fill()
  const late = { kind: 'rejected', reason: 'deadline_exceeded' }
  expect(await debit(BOTH, TOO_LATE)).toMatchObject([late, late])
  expect(asked).toEqual([])
  expect(held()).toEqual({ USDT: 100n, BTC: 100n })
})

test('a debit of a wallet of one asset is not sent either when too little is left', async () => {
  const { debit, asked } = open()
  const [result] = await debit([orderOf('USDT', ['USDT'])], TOO_LATE)
  expect(result).toMatchObject({ kind: 'rejected', reason: 'deadline_exceeded' })
  expect(asked).toEqual([])
})

test('of a wallet of one asset nothing is remembered and nothing is looked up', async () => {
  const { debit, looked } = open()
  expect(await debit([orderOf('USDT', ['USDT'])], IN_TIME)).toEqual([DEBITED])
  expect(looked).toEqual([])
})
