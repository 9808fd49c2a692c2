import { CARD_STATUSES, type Card, canBecome } from '@tolem/domain/card'
import type { Controls } from '@tolem/domain/controls'
import type { CardToken } from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import { createPostgres, type Postgres } from '@tolem/postgres/pool'
import { createTestDatabase } from '@tolem/testing/backends'
import { aCard, NOON } from '@tolem/testing/builders'
import { expect, onTestFinished, test } from 'vitest'
import { type Cards, createCards } from './cards.ts'

const { bank, token, walletLink } = aCard()
const name = { bank, token }

const CONTROLS: Controls = {
  types: { allow: ['purchase'] },
  merchantCategories: { deny: ['7995', '5000-5999'] },
  limits: [
    {
      types: ['cash'],
      window: { kind: 'rolling', hours: 24 },
      amount: amountOf('KZT', 9_007_199_254_740_993n),
      count: 3,
    },
    { channels: ['atm'], window: { kind: 'day' }, count: 0 },
  ],
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

async function openCards(postgres: Postgres): Promise<Cards> {
  const cards = createCards({ postgres, remembered: 100, now: () => NOON })
  await cards.start()
  onTestFinished(() => cards.close())
  return cards
}

async function put(cards: Cards, change: Partial<Card> = {}): Promise<void> {
  const { version: _, ...card } = aCard(change)
  expect(await cards.put(card)).toMatchObject({ kind: 'changed' })
}

/** The versions of all cards in both of their rows. */
function versionsOf(postgres: Postgres) {
  const text = 'SELECT version, card_version FROM card JOIN card_usage USING (bank_id, card_token)'
  return postgres.run({ name: '', text }, [])
}

test('controls are found exactly as their bank put them, limits to the tiyn', async () => {
  const cards = await openCards(await openDatabase())
  await put(cards, { controls: CONTROLS })
  expect(await cards.find(bank, token)).toEqual(aCard({ controls: CONTROLS }))
  expect(await cards.read(bank, token)).toEqual(aCard({ controls: CONTROLS }))
})

test('each part changes alone, and raises the version in both rows', async () => {
  const postgres = await openDatabase()
  const cards = await openCards(postgres)
  const limits = { dailyCount: 5 }
  await put(cards, { limits })
  if (!walletLink) return expect.unreachable()
  const link = { ...walletLink, walletId: 'AGR0002', assets: ['BTC', 'USDT'] } as const

  const frozen = aCard({ limits, status: 'frozen', version: 2 })
  expect(await cards.putStatus(name, 'frozen')).toEqual({ kind: 'changed', card: frozen })
  const controlled = { ...frozen, controls: CONTROLS, version: 3 }
  expect(await cards.putControls(name, CONTROLS)).toEqual(controlled)
  const linked = { ...controlled, walletLink: link, version: 4 }
  expect(await cards.putWalletLink(name, link)).toEqual(linked)
  expect(await cards.find(bank, token)).toEqual(linked)
  expect(await cards.putControls(name, {})).toEqual({ ...linked, controls: {}, version: 5 })
  expect(await versionsOf(postgres)).toEqual([{ version: '5', card_version: '5' }])
})

test('a card that is not there is not made by changing a part of it', async () => {
  const postgres = await openDatabase()
  const cards = await openCards(postgres)
  const unknown = { bank, token: 'ct_unknown' as CardToken }
  expect(await cards.putStatus(unknown, 'active')).toBeUndefined()
  expect(await cards.putControls(unknown, {})).toBeUndefined()
  expect(walletLink && (await cards.putWalletLink(unknown, walletLink))).toBeUndefined()
  expect(await cards.read(bank, unknown.token)).toBeUndefined()
  expect(await versionsOf(postgres)).toEqual([])
})

test('a status becomes what it may, alone and with the whole card; what is refused changes nothing', async () => {
  const postgres = await openDatabase()
  const cards = await openCards(postgres)
  for (const from of CARD_STATUSES)
    for (const to of CARD_STATUSES) {
      const card = { bank, token: `ct_${from}_${to}` as CardToken }
      await put(cards, { ...card, status: from })
      const alone = await cards.putStatus(card, to)
      if (canBecome(from, to))
        expect(alone).toMatchObject({ kind: 'changed', card: { status: to } })
      else {
        expect(alone).toEqual({ kind: 'status_refused', from })
        const { version: _, ...whole } = aCard({ ...card, status: to, limits: { dailyCount: 1 } })
        expect(await cards.put(whole)).toEqual({ kind: 'status_refused', from })
        expect(await cards.read(bank, card.token)).toEqual(aCard({ ...card, status: from }))
      }
    }
})

test('of changes at once over two processes each gets its version, and none brings a closed card back', async () => {
  const postgres = await openDatabase()
  const [here, there] = [await openCards(postgres), await openCards(postgres)]
  await put(here)
  const changes = await Promise.all(
    Array.from({ length: 60 }, (_, index) => {
      const cards = index % 2 === 0 ? here : there
      if (index === 30) return cards.putStatus(name, 'closed')
      if (index % 3 === 0) return cards.putControls(name, CONTROLS)
      return cards.putStatus(name, index % 3 === 1 ? 'frozen' : 'active')
    }),
  )
  const refused = changes.filter((one) => one && 'kind' in one && one.kind === 'status_refused')
  for (const one of refused) expect(one).toEqual({ kind: 'status_refused', from: 'closed' })
  const version = 1 + changes.length - refused.length
  expect(await versionsOf(postgres)).toEqual([
    { version: String(version), card_version: String(version) },
  ])
  expect(await here.read(bank, token)).toMatchObject({ status: 'closed', version })
})

test('another process hears of a part that changed', async () => {
  const postgres = await openDatabase()
  const [here, there] = [await openCards(postgres), await openCards(postgres)]
  await put(here)
  expect(await there.find(bank, token)).toMatchObject({ version: 1 })
  await here.putControls(name, CONTROLS)
  await expect.poll(() => there.find(bank, token)).toMatchObject({ version: 2, controls: CONTROLS })
})
