import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Rate } from '@tolem/money/rate'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import {
  createOfficialRates,
  type OfficialOutcome,
  type OfficialRate,
  type OfficialStore,
} from './official-rates.ts'
import { readOfficialRate } from './reading.ts'

/** 17:00 in Almaty on 22 November 2026. */
const NOW = Date.UTC(2026, 10, 22, 12)
const DAY_MS = 86_400_000

function table(date: string, items: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<rates><generator>Alternate RSS Builder</generator><title>Official exchange rates</title>
<link>www.nationalbank.kz</link><date>${date}</date>
<item><fullname>АРМЯНСКИЙ ДРАМ</fullname><title>AMD</title><description>13.05</description><quant>10</quant></item>
${items}</rates>`
}

function dollar(description: string, quant = '1'): string {
  return `<item><fullname>ДОЛЛАР США</fullname><title>USD</title><description>${description}</description>
<quant>${quant}</quant><index>UP</index><change>+0.51</change></item>`
}

const GOOD = table('22.11.2026', dollar('474.2'))

test.each([
  ['474.2', '1', '474.2'],
  ['474', '1', '474'],
  ['474.2000', '1', '474.2'],
  ['4742', '10', '474.2'],
  ['47420.5', '100', '474.205'],
  ['1422.6', '3', '474.2'],
])('reads %s for %s as %s for one', (price, quant, rate) => {
  const read = readOfficialRate(table('22.11.2026', dollar(price, quant)), '2026-11-22')
  expect(read).toEqual({ ok: true, value: rate })
})

test.each<[refusal: string, text: string]>([
  ['empty', '<rates></rates>'],
  ['empty', '<?xml version="1.0"?>\n<rates>\n</rates>'],
  ['empty', '<rates/>'],
  ['wrong_date', table('21.11.2026', dollar('474.2'))],
  ['wrong_date', table('', dollar('474.2'))],
  ['no_dollar', table('22.11.2026', '')],
  ['no_dollar', table('22.11.2026', dollar('474.2') + dollar('475.2'))],
  ['not_a_price', table('22.11.2026', dollar('0'))],
  ['not_a_price', table('22.11.2026', dollar('-474.2'))],
  ['not_a_price', table('22.11.2026', dollar('474,2'))],
  ['not_a_price', table('22.11.2026', dollar('NaN'))],
  ['not_a_price', table('22.11.2026', dollar(''))],
  ['not_a_price', table('22.11.2026', dollar('474.2', '0'))],
  ['not_a_price', table('22.11.2026', dollar('474.2', 'one'))],
  ['not_a_price', table('22.11.2026', dollar('<b>474.2</b>'))],
  ['implausible', table('22.11.2026', dollar('0.0021'))],
  ['implausible', table('22.11.2026', dollar('47420'))],
  ['not_xml', GOOD.slice(0, -40)],
  ['not_xml', 'nonsense'],
  ['not_xml', ''],
  ['not_rates', '<html><body>Service unavailable</body></html>'],
  ['not_rates', '<rates>474.2</rates>'],
  [
    'declares_entities',
    `<!DOCTYPE rates [<!ENTITY usd "474.2">]>${table('22.11.2026', dollar('&usd;'))}`,
  ],
  ['declares_entities', `<!doctype html>${GOOD}`],
])('refuses as %s: %j', (refusal, text) => {
  expect(readOfficialRate(text, '2026-11-22')).toEqual({ ok: false, reason: refusal })
})

let server: Server
let asked: string[] = []
let answer: (day: string) => { status: number; body: string; headers?: Record<string, string> }

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: NOW })
  asked = []
  answer = (day) => ({ status: 200, body: table(day, dollar('474.2')) })
  server = createServer((request, response) => {
    const day = new URL(request.url ?? '', 'http://bank').searchParams.get('fdate') ?? ''
    asked.push(day)
    const { status, body, headers } = answer(day)
    response.writeHead(status, headers).end(body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(async () => {
  vi.useRealTimers()
  server.closeAllConnections()
  await new Promise((resolve) => void server.close(resolve))
})

function follow(store?: OfficialStore) {
  const { port } = server.address() as AddressInfo
  const outcomes: OfficialOutcome[] = []
  const faults: unknown[] = []
  const rates = createOfficialRates({
    policy: { url: `http://127.0.0.1:${port}/rss/get_rates.cfm`, maximumAgeDays: 10 },
    store,
    now: () => Date.now(),
    onRound: (outcome) => void outcomes.push(outcome),
    onFault: (error) => void faults.push(error),
  })
  onTestFinished(() => rates.close())
  return { rates, outcomes, faults }
}

function keeping(kept?: OfficialRate): OfficialStore & { readonly written: OfficialRate[] } {
  const written: OfficialRate[] = []
  return {
    written,
    latest: () => Promise.resolve(kept),
    keep: (rate) => Promise.resolve(void written.push(rate)),
  }
}

test('asks for the day of Almaty, keeps what it heard, and asks no more that day', async () => {
  vi.setSystemTime(Date.UTC(2026, 10, 21, 19, 30))
  const store = keeping()
  const { rates } = follow(store)
  await rates.start()
  expect(asked).toEqual(['22.11.2026'])
  expect(rates.current()).toBe('474.2')
  expect(store.written).toEqual([{ day: '2026-11-22', rate: '474.2' }])
  await vi.advanceTimersByTimeAsync(3 * 3_600_000)
  expect(asked).toHaveLength(1)
})

test('asks for the next day once it has begun', async () => {
  const { rates } = follow()
  await rates.start()
  answer = (day) => ({ status: 200, body: table(day, dollar('475.9')) })
  await vi.advanceTimersByTimeAsync(7 * 3_600_000 + 600_000)
  await vi.waitFor(() => expect(rates.latest()).toEqual({ day: '2026-11-23', rate: '475.9' }))
})

test('on a day without rates it goes back to the last day that has one', async () => {
  answer = (day) =>
    day === '20.11.2026'
      ? { status: 200, body: table(day, dollar('473.9')) }
      : { status: 200, body: '<rates></rates>' }
  const { rates } = follow()
  await rates.start()
  expect(asked).toEqual(['22.11.2026', '21.11.2026', '20.11.2026'])
  expect(rates.current()).toBe('473.9')
})

test('an empty answer of every day is no rate, and not a rate of zero', async () => {
  answer = () => ({ status: 200, body: '<rates></rates>' })
  const { rates, outcomes } = follow()
  await rates.start()
  expect(outcomes).toEqual(['empty'])
  expect(asked).toHaveLength(11)
  expect(rates.current()).toBeUndefined()
})

test('uses the last good rate until it is ten days old, over a restart too', async () => {
  answer = () => ({ status: 503, body: '' })
  const { rates, outcomes } = follow(keeping({ day: '2026-11-20', rate: '471.5' as Rate }))
  await rates.start()
  expect(outcomes).toEqual(['http_status'])
  expect(rates.current()).toBe('471.5')
  vi.setSystemTime(NOW + 8 * DAY_MS)
  expect(rates.current()).toBe('471.5')
  vi.setSystemTime(NOW + 9 * DAY_MS)
  expect(rates.current()).toBeUndefined()
})

test('a rate of a day that has not come is not used', async () => {
  answer = () => ({ status: 503, body: '' })
  const { rates } = follow(keeping({ day: '2026-12-01', rate: '471.5' as Rate }))
  await rates.start()
  expect(rates.current()).toBeUndefined()
})

test.each<[OfficialOutcome, ReturnType<typeof answer>]>([
  ['http_status', { status: 500, body: GOOD }],
  ['http_status', { status: 302, body: '', headers: { location: '/elsewhere?fdate=22.11.2026' } }],
  ['too_large', { status: 200, body: GOOD + ' '.repeat(300_000) }],
  ['not_rates', { status: 200, body: '<html></html>' }],
])(
  'is not taken in by an answer that is %s, asks that once, and again in a minute',
  async (outcome, told) => {
    answer = () => told
    const { rates, outcomes } = follow()
    await rates.start()
    expect(outcomes).toEqual([outcome])
    expect(asked).toHaveLength(1)
    expect(rates.current()).toBeUndefined()
    answer = (day) => ({ status: 200, body: table(day, dollar('474.2')) })
    await vi.advanceTimersByTimeAsync(60_000)
    await vi.waitFor(() => expect(rates.current()).toBe('474.2'))
  },
)

test('a server that cannot be reached, and a store that fails, cost nothing but that', async () => {
  const broken: OfficialStore = {
    latest: () => Promise.reject(new Error('no database')),
    keep: () => Promise.reject(new Error('no database')),
  }
  const { rates, faults } = follow(broken)
  await rates.start()
  expect(rates.current()).toBe('474.2')
  expect(faults).toHaveLength(2)
  const away = follow()
  server.closeAllConnections()
  server.close()
  await away.rates.start()
  expect(away.outcomes).toEqual(['unreachable'])
})
