import type { WalletLink } from '@tolem/domain/card'
import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { DebitOrder } from '@tolem/domain/movement'
import { accept, refuse } from '@tolem/domain/outcome'
import type { RailPort } from '@tolem/exchanges/port'
import { type Amount, amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { expect, test } from 'vitest'
import type { Held } from './fund.ts'
import { createKnownBalances } from './known-balances.ts'

const WALLET: WalletLink = {
  exchange: 'binance' as ExchangeId,
  rail: 'binance-subaccount',
  walletId: 'ann@example.kz',
  assets: ['USDT', 'BTC'],
}

const held = (usdt: bigint): Held =>
  new Map<CryptoAsset, Amount<CryptoAsset>>([
    ['USDT', amountOf('USDT', usdt)],
    ['BTC', amountOf('BTC', 5n)],
  ])

const order = (units: bigint): DebitOrder => ({
  reference: 'r1' as MovementReference,
  wallet: WALLET,
  asset: 'USDT',
  amount: amountOf('USDT', units),
})

/** Balances of a rail that answers each look when it is told to, and a clock that is set. */
function open() {
  const clock = { now: 0 }
  const looks: PromiseWithResolvers<bigint | undefined>[] = []
  const rail = {
    balances: async () => {
      const look = Promise.withResolvers<bigint | undefined>()
      looks.push(look)
      const usdt = await look.promise
      if (usdt === undefined) return refuse('unavailable')
      return accept([{ asset: 'USDT', amount: amountOf('USDT', usdt) }])
    },
  } as Partial<RailPort> as RailPort
  const balances = createKnownBalances({
    railFor: () => rail,
    maximumAgeMs: 60_000,
    monotonicNow: () => clock.now,
  })
  return { balances, clock, looks }
}

test('what a rail told is known until it is too old', () => {
  const { balances, clock } = open()
  expect(balances.heldIn(WALLET)).toBeUndefined()
  balances.told(WALLET, held(100n))
  clock.now = 59_999
  expect(balances.heldIn(WALLET)).toEqual(held(100n))
  expect(balances.heldIn({ ...WALLET, walletId: 'another' })).toBeUndefined()
  clock.now = 60_000
  expect(balances.heldIn(WALLET)).toBeUndefined()
})

test('what was told of some assets says nothing of a card of the same wallet that names others', () => {
  const { balances, looks } = open()
  balances.told(WALLET, held(100n))
  const withEther: WalletLink = { ...WALLET, assets: ['USDT', 'ETH'] }
  expect(balances.heldIn(withEther)).toBeUndefined()
  void balances.refresh(withEther)
  expect(looks).toHaveLength(1)
  expect(balances.heldIn({ ...WALLET, assets: ['BTC', 'USDT'] })).toEqual(held(100n))
})

test('our own debits lower what is known, never below nothing, and refused ones raise it again', () => {
  const { balances } = open()
  balances.told(WALLET, held(100n))
  balances.lower(order(30n))
  balances.lower(order(30n))
  expect(balances.heldIn(WALLET)).toEqual(held(40n))
  balances.raise(order(30n))
  expect(balances.heldIn(WALLET)).toEqual(held(70n))
  balances.lower(order(80n))
  expect(balances.heldIn(WALLET)).toEqual(held(0n))
  balances.forget(WALLET)
  expect(balances.heldIn(WALLET)).toBeUndefined()
})

test('a refused debit raises what is known by no more than it had lowered it', async () => {
  const { balances, looks } = open()
  balances.told(WALLET, held(50n))
  balances.lower(order(80n))
  balances.raise(order(80n))
  expect(balances.heldIn(WALLET)).toEqual(held(50n))
  // Told anew while it was asked for: the exchange never took it, and said so.
  balances.lower(order(20n))
  balances.told(WALLET, held(50n))
  balances.raise(order(20n))
  expect(balances.heldIn(WALLET)).toEqual(held(50n))
  balances.forget(WALLET)
  const looking = balances.refresh(WALLET)
  balances.lower(order(30n))
  balances.raise(order(30n))
  looks[0]?.resolve(50n)
  await looking
  expect(balances.heldIn(WALLET)).toEqual(new Map([['USDT', 50n]]))
})

test('a look tells what is there, less what left while it was under way', async () => {
  const { balances, looks } = open()
  const looking = balances.refresh(WALLET)
  balances.lower(order(30n))
  looks[0]?.resolve(100n)
  await looking
  expect(balances.heldIn(WALLET)).toEqual(new Map([['USDT', 70n]]))
})

test('a wallet is looked at once at a time, and not again while what is known is young', async () => {
  const { balances, clock, looks } = open()
  const looking = balances.refresh(WALLET)
  await balances.refresh(WALLET)
  expect(looks).toHaveLength(1)
  looks[0]?.resolve(100n)
  await looking
  clock.now = 29_999
  await balances.refresh(WALLET)
  expect(looks).toHaveLength(1)
  clock.now = 30_000
  void balances.refresh(WALLET)
  expect(looks).toHaveLength(2)
})

test('what a look could not tell leaves what was known', async () => {
  const { balances, clock, looks } = open()
  balances.told(WALLET, held(100n))
  clock.now = 45_000
  const looking = balances.refresh(WALLET)
  looks[0]?.resolve(undefined)
  await looking
  expect(balances.heldIn(WALLET)).toEqual(held(100n))
})

test('no more than a few looks are under way at once', () => {
  const { balances, looks } = open()
  for (let index = 0; index < 20; index += 1)
    void balances.refresh({ ...WALLET, walletId: `w${index}` })
  expect(looks).toHaveLength(4)
})
