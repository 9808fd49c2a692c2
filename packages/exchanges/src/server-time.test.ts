import { expect, test } from 'vitest'
import { binanceServerTime } from './binance/server-time.ts'
import { bybitServerTime } from './bybit/server-time.ts'
import type { ExchangeClient } from './http/client.ts'
import type { SignedRequest } from './http/send.ts'
import { partnerServerTime } from './partner/server-time.ts'

const LIMIT = { timeoutMs: 1_000 }

/** A client of an exchange that answers so, and what it was asked. */
function answering(body: unknown, status = 200) {
  const seen: SignedRequest[] = []
  const call: ExchangeClient['call'] = (purpose, _timeoutMs, sign) => {
    expect(purpose).toBe('probe')
    seen.push(sign())
    return Promise.resolve({ kind: 'answered', status, headers: {}, body: JSON.stringify(body) })
  }
  return { call, seen }
}

/** Bybit's and Binance's answers as they are published. */
const told = { timeSecond: '1688639403', timeNano: '1688639403423213947' }
const EXCHANGES = [
  ['Bybit', bybitServerTime, '/v5/market/time', { retCode: 0, result: told }, 1_688_639_403_423],
  ['Binance', binanceServerTime, '/api/v3/time', { serverTime: 1499827319559 }, 1_499_827_319_559],
  ['a partner', partnerServerTime, '/v1/time', { time: 1767780000000 }, 1_767_780_000_000],
] as const

test.each(EXCHANGES)(
  'the clock of %s is read to the millisecond, unsigned',
  async (_, readerOf, path, answer, value) => {
    const { call, seen } = answering(answer)
    expect(await readerOf(call)(LIMIT)).toEqual({ ok: true, value })
    expect(seen).toEqual([{ method: 'GET', path, headers: {} }])
  },
)

test.each(EXCHANGES)(
  'what does not tell the clock of %s leaves it unread',
  async (_, readerOf, _path, answer) => {
    for (const { call } of [
      answering({}),
      answering({ retCode: 0, result: {} }),
      answering(answer, 500),
    ])
      expect(await readerOf(call)(LIMIT)).toEqual({ ok: false, reason: 'unavailable' })
  },
)
