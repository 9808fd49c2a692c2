import type { ExchangeId, MovementReference } from '@tolem/domain/ids'
import type { HistoryEntry, HistoryPage, HistoryPort } from '@tolem/exchanges/history-port'
import { amountOf } from '@tolem/money/amount'
import { expect, test } from 'vitest'
import { passDeps } from '../testing/pass-deps.ts'
import { readHistory } from './read-history.ts'

const SPAN = { from: 0, to: 1_000 }

const entryOf = (name: string, change: Partial<HistoryEntry> = {}): HistoryEntry => ({
  name,
  exchangeReference: `x-${name}`,
  kind: 'debit',
  walletId: 'w',
  asset: 'USDT',
  amount: amountOf('USDT', 5n),
  executedAt: 1,
  state: 'executed',
  ...change,
})

/** A list whose every answer `answer` gives. */
const listOf = (answer: (cursor: string | undefined) => HistoryPage): HistoryPort => ({
  exchange: 'x' as ExchangeId,
  rail: 'bybit-subaccount',
  longestSpanMs: 1_000,
  nameOf: (reference: MovementReference) => reference,
  read: (_span, cursor) => Promise.resolve(answer(cursor)),
})

const page = (names: readonly string[], next?: string): HistoryPage => ({
  kind: 'page',
  entries: names.map((name) => entryOf(name)),
  unreadable: [],
  ...(next !== undefined && { next }),
})

const namesOf = (listed: Awaited<ReturnType<typeof readHistory>>) =>
  listed?.entries.map(({ name }) => name)

test('a row that two pages have is one execution, as the second page has it', async () => {
  const pending = entryOf('b', { state: 'pending' })
  const history = listOf((cursor) =>
    cursor === undefined
      ? { kind: 'page', entries: [entryOf('a'), pending], unreadable: ['?'], next: '2' }
      : { kind: 'page', entries: [entryOf('b'), entryOf('c')], unreadable: ['?'] },
  )
  const listed = await readHistory(passDeps({}), history, SPAN)
  expect(namesOf(listed)).toEqual(['a', 'b', 'c'])
  expect(listed?.entries.every(({ state }) => state === 'executed')).toBe(true)
  expect(listed?.unreadable).toEqual(['?'])
})

test.each([
  ['exchange reference', { exchangeReference: 'another' }],
  ['time', { executedAt: 2 }],
] as const)('two executions of one name and another %s are two', async (_name, change) => {
  const entries = [entryOf('a'), entryOf('a', change)]
  const history = listOf(() => ({ kind: 'page', entries, unreadable: [] }))
  expect(namesOf(await readHistory(passDeps({}), history, SPAN))).toEqual(['a', 'a'])
})

test('a page that is refused is asked for again, not those before it, however many there are', async () => {
  const asked: number[] = []
  let left = 5
  const history = listOf((cursor = '1') => {
    if (left === 0) return { kind: 'unknown', detail: 'the rate is used up' }
    left -= 1
    asked.push(Number(cursor))
    return page([cursor], asked.length < 200 ? String(Number(cursor) + 1) : undefined)
  })
  const wait = () => {
    left = 5
    return Promise.resolve(true)
  }
  const listed = await readHistory(passDeps({}, { wait }), history, SPAN)
  expect(listed?.entries).toHaveLength(200)
  expect(asked).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
})

test('a list that says nothing is given up after a while, and at once when the service closes', async () => {
  for (const [goesOn, most] of [
    [true, 100],
    [false, 1],
  ] as const) {
    let asked = 0
    const history = listOf(() => {
      asked += 1
      return { kind: 'unknown', detail: 'HTTP 502' }
    })
    const deps = passDeps({}, { wait: () => Promise.resolve(goesOn) })
    expect(await readHistory(deps, history, SPAN)).toBeUndefined()
    expect(asked).toBeLessThanOrEqual(most)
  }
})

test('a list ends at a cursor that comes again, and one without an end is not believed', async () => {
  const ended = await readHistory(
    passDeps({}),
    listOf((cursor) => page([cursor ?? '1'], '2')),
    SPAN,
  )
  expect(namesOf(ended)).toEqual(['1', '2'])
  const endless = listOf((cursor = '0') => page([], String(Number(cursor) + 1)))
  expect(await readHistory(passDeps({}), endless, SPAN)).toBeUndefined()
})
