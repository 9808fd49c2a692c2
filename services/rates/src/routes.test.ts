import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import { expect, test } from 'vitest'
import { routesOf } from './routes.ts'

const pilot = readProgramme(PILOT_PROGRAMME_FILE)

function withPairs(bybit: string[], binance: string[]) {
  const [first, second] = pilot.exchanges
  if (first === undefined || second === undefined) throw new Error('the pilot has two exchanges')
  const exchanges = [
    { ...first, feed: { ...first.feed, pairs: bybit } },
    { ...second, feed: { ...second.feed, pairs: binance } },
  ]
  return routesOf({ assets: pilot.assets, exchanges }).map(
    ({ exchange, asset, legs }) =>
      `${exchange} ${asset}: ${legs.map((leg) => `${leg.exchange} ${leg.pair}`).join(' x ')}`,
  )
}

test('the pilot has a rate of every asset at both exchanges', () => {
  expect(routesOf(pilot)).toHaveLength(12)
})

test('an exchange without a tenge book uses that of another, and an asset without a book has no rate', () => {
  expect(withPairs(['BTC/USDT'], ['USDT/KZT', 'ETH/USDT'])).toEqual([
    'bybit USDT: binance USDT/KZT',
    'bybit BTC: bybit BTC/USDT x binance USDT/KZT',
    'binance USDT: binance USDT/KZT',
    'binance ETH: binance ETH/USDT x binance USDT/KZT',
  ])
})

test('a tenge book of the asset itself comes before the way through USDT', () => {
  expect(withPairs(['BTC/KZT', 'BTC/USDT', 'USDT/KZT'], [])).toEqual([
    'bybit USDT: bybit USDT/KZT',
    'bybit BTC: bybit BTC/KZT',
    'binance USDT: bybit USDT/KZT',
  ])
})

test('without any tenge book there is no rate', () => {
  expect(withPairs(['BTC/USDT'], ['ETH/USDT'])).toEqual([])
})
