import type { Card } from '@tolem/domain/card'
import type { BankId, CardToken } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { createPostgres, type Postgres } from '@tolem/postgres/pool'
import { createTestDatabase } from '@tolem/testing/backends'
import { aCard, NOON } from '@tolem/testing/builders'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type Cards, createCards } from './cards.ts'
import type { CardChange } from './changes.ts'

const { bank, token } = aCard()

function withoutVersion(card: Card): Omit<Card, 'version'> {
  const { version: _version, ...rest } = card
  return rest
}

async function openDatabase(): Promise<Postgres> {
  const database = await createTestDatabase()
  const postgres = createPostgres({
    url: database.url,
    poolSize: 6,
    acquireTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 5_000,
    applicationName: 'cards-test',
    onFault: () => {},
  })
  onTestFinished(async () => {
    await postgres.close()
    await database.drop()
  })
  return postgres
}

/** One process's cards, listening; `reads` counts how often it had to ask the database. */
async function openCards(postgres: Postgres, remembered = 100) {
  const state = { reads: 0 }
  const counting: Postgres = {
    ...postgres,
    run: (statement, values) => {
      if (statement.name === 'card-find') state.reads += 1
      return postgres.run(statement, values)
    },
  }
  const cards = createCards({ postgres: counting, remembered, now: () => NOON })
  await cards.start()
  onTestFinished(() => cards.close())
  return { cards, state }
}

/** Puts a card whose status may become what it is put as. */
async function put(cards: Cards, change: Partial<Card> = {}): Promise<Card> {
  return changed(await cards.put(withoutVersion(aCard(change))))
}

function changed(change: CardChange | undefined): Card {
  if (change?.kind !== 'changed') return expect.unreachable(JSON.stringify(change))
  return change.card
}

test('a card is found exactly as its bank put it', async () => {
  const { cards } = await openCards(await openDatabase())
  const beyondDouble = amountOf('KZT', 9_007_199_254_740_993n)
  const limits = {
    perTransaction: amountOf('KZT', 0n),
    dailyAmount: beyondDouble,
    dailyCount: 0,
    monthlyAmount: amountOf('KZT', 999_999_999_999_999_999n),
  }
  expect(await put(cards, { limits })).toEqual(aCard({ limits }))
  expect(await cards.find(bank, token)).toEqual(aCard({ limits }))
})

test('a card without last digits, limits and wallet is found without them', async () => {
  const { cards } = await openCards(await openDatabase())
  const { walletLink: _, lastFour: __, ...bare } = aCard()
  await cards.put(withoutVersion(bare))
  expect(await cards.find(bank, token)).toEqual(bare)
})

test('each change replaces the whole card and raises its version in both rows', async () => {
  const postgres = await openDatabase()
  const { cards } = await openCards(postgres)
  await put(cards, { limits: { dailyCount: 5 } })
  const { walletLink: _, lastFour: __, ...bare } = aCard({ status: 'frozen', version: 2 })
  expect(changed(await cards.put(withoutVersion(bare)))).toEqual(bare)
  expect(await cards.find(bank, token)).toEqual(bare)
  expect(
    await postgres.run({ name: '', text: 'SELECT card_version, day FROM card_usage' }, []),
  ).toEqual([{ card_version: '2', day: '2026-11-22' }])
})

test('a change leaves what was counted as it is', async () => {
  const postgres = await openDatabase()
  const { cards } = await openCards(postgres)
  await put(cards)
  await postgres.run({ name: '', text: 'UPDATE card_usage SET day_amount = 7, day_count = 1' }, [])
  await put(cards, { status: 'frozen' })
  expect(
    await postgres.run({ name: '', text: 'SELECT day_amount, day_count FROM card_usage' }, []),
  ).toEqual([{ day_amount: '7', day_count: 1 }])
})

test('one token at two banks is two cards', async () => {
  const { cards } = await openCards(await openDatabase())
  const forte = 'forte' as BankId
  await put(cards)
  expect(await cards.find(forte, token)).toBeUndefined()
  await put(cards, { bank: forte, status: 'frozen' })
  expect(await cards.find(forte, token)).toMatchObject({
    bank: forte,
    status: 'frozen',
    version: 1,
  })
  expect(await cards.find(bank, token)).toMatchObject({ status: 'active' })
})

test('memory answers the second time, also that a card is unknown', async () => {
  const { cards, state } = await openCards(await openDatabase())
  expect(await cards.find(bank, token)).toBeUndefined()
  expect(await cards.find(bank, token)).toBeUndefined()
  expect(state.reads).toBe(1)
  cards.drop(bank, token)
  await cards.find(bank, token)
  expect(state.reads).toBe(2)
})

test('concurrent purchases with one card read it once, and a failed read is not remembered', async () => {
  const postgres = await openDatabase()
  let isDown = true
  const failing: Postgres = {
    ...postgres,
    run: (statement, values) =>
      isDown && statement.name === 'card-find'
        ? Promise.reject(new Error('the database is down'))
        : postgres.run(statement, values),
  }
  const { cards, state } = await openCards(failing)
  await expect(cards.find(bank, token)).rejects.toThrow('the database is down')
  isDown = false
  await put(cards)
  await Promise.all(Array.from({ length: 20 }, () => cards.find(bank, token)))
  expect(state.reads).toBe(2)
})

test('memory is bounded', async () => {
  const { cards, state } = await openCards(await openDatabase(), 2)
  const tokens = ['ct_1', 'ct_2', 'ct_3'] as CardToken[]
  for (const one of tokens) await cards.find(bank, one)
  expect(state.reads).toBe(3)
  await cards.find(bank, 'ct_1' as CardToken)
  expect(state.reads).toBe(4)
})

test('the process that puts a card sees it at once', async () => {
  const { cards } = await openCards(await openDatabase())
  for (const status of ['active', 'frozen', 'active', 'stolen'] as const) {
    await put(cards, { status })
    expect(await cards.find(bank, token)).toMatchObject({ status })
  }
})

test('another process hears of a change and of a new card, and forgets what it knew', async () => {
  const postgres = await openDatabase()
  const [here, there] = [await openCards(postgres), await openCards(postgres)]
  expect(await there.cards.find(bank, token)).toBeUndefined()
  await put(here.cards)
  await expect.poll(() => there.cards.find(bank, token)).toMatchObject({ version: 1 })
  await put(here.cards, { status: 'frozen' })
  await expect
    .poll(() => there.cards.find(bank, token))
    .toMatchObject({ version: 2, status: 'frozen' })
})

test('a process whose listening broke forgets everything when it listens again', async () => {
  const postgres = await openDatabase()
  const { cards } = await openCards(postgres)
  await put(cards)
  await cards.find(bank, token)
  const kill = `
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND query LIKE 'LISTEN%'`
  expect(await postgres.run({ name: '', text: kill }, [])).toHaveLength(1)
  await postgres.run({ name: '', text: "UPDATE card SET status = 'stolen'" }, [])
  await vi.waitFor(
    async () => expect(await cards.find(bank, token)).toMatchObject({ status: 'stolen' }),
    { timeout: 10_000 },
  )
})

test('what changed while nothing was heard is read anew once listening is back', async () => {
  const postgres = await openDatabase()
  let listenAgain = () => {}
  const deaf: Postgres = {
    ...postgres,
    listen: (_channel, _onNotice, onGap) => {
      listenAgain = onGap
      return Promise.resolve({ close: () => Promise.resolve() })
    },
  }
  const { cards } = await openCards(deaf)
  await put(cards)
  await cards.find(bank, token)
  await postgres.run({ name: '', text: "UPDATE card SET status = 'stolen'" }, [])
  expect(await cards.find(bank, token)).toMatchObject({ status: 'active' })
  listenAgain()
  expect(await cards.find(bank, token)).toMatchObject({ status: 'stolen' })
})

test('an answer that was read before a change is not kept after its notice', async () => {
  const postgres = await openDatabase()
  const reading = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const heard = Promise.withResolvers<void>()
  const slow: Postgres = {
    ...postgres,
    run: async (statement, values) => {
      const rows = await postgres.run<never>(statement, values)
      if (statement.name !== 'card-find') return rows
      reading.resolve()
      await goOn.promise
      return rows
    },
    // Heard by these very cards: another connection may hear of it earlier.
    listen: (channel, onNotice, onGap) =>
      postgres.listen(
        channel,
        (payload) => {
          onNotice(payload)
          if (isChanged) heard.resolve()
        },
        onGap,
      ),
  }
  let isChanged = false
  const there = (await openCards(slow)).cards
  const here = (await openCards(postgres)).cards
  await put(here)
  const old = there.find(bank, token)
  await reading.promise
  isChanged = true
  await put(here, { status: 'stolen' })
  await heard.promise
  goOn.resolve()
  await old
  expect(await there.find(bank, token)).toMatchObject({ status: 'stolen' })
})

test('concurrent puts each get a version of their own, and the last one stands in both rows', async () => {
  const postgres = await openDatabase()
  const [here, there] = [await openCards(postgres), await openCards(postgres)]
  const written = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      put((index % 2 === 0 ? here : there).cards, { limits: { dailyCount: index } }),
    ),
  )
  const versions = written.map(({ version }) => version)
  expect(versions.toSorted((left, right) => left - right)).toEqual(
    Array.from({ length: 50 }, (_, n) => n + 1),
  )
  const text = `
    SELECT version, card_version, (limits ->> 'dailyCount')::int AS count FROM card JOIN card_usage USING (card_token)`
  const last = written.find(({ version }) => version === 50)
  expect(await postgres.run({ name: '', text }, [])).toEqual([
    { version: '50', card_version: '50', count: last?.limits.dailyCount },
  ])
})

test('concurrent first puts of one card are one card', async () => {
  const postgres = await openDatabase()
  const { cards } = await openCards(postgres)
  const written = await Promise.all([put(cards), put(cards), put(cards), put(cards)])
  expect(written.map(({ version }) => version).toSorted((left, right) => left - right)).toEqual([
    1, 2, 3, 4,
  ])
})
