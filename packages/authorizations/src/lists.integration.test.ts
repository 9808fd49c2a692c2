import { join } from 'node:path'
import type { AuthorizationId, BankId, CardToken } from '@tolem/domain/ids'
import { loadStatements } from '@tolem/postgres/statements'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type AuthorizationLists, createAuthorizationLists, type ListRequest } from './lists.ts'
import { type OpenedRecords, openRecords } from './testing/opened-records.ts'

const HALYK = 'halyk' as BankId
const FORTE = 'forte' as BankId

let opened: OpenedRecords
let lists: AuthorizationLists

beforeEach(async () => {
  opened = await openRecords((close) => onTestFinished(close))
  lists = createAuthorizationLists(opened)
  onTestFinished(() => lists.close())
})

type Row = {
  readonly id?: string
  readonly bank?: string
  readonly card?: string
  readonly kind?: string
  readonly parent?: string
  readonly state?: 'accepted' | 'approved' | 'declined'
  readonly receivedAt?: string
}

let count = 0

/** The next of ids that are made in one process after another: one a millisecond, from now on. */
function nextId(): string {
  count += 1
  return idAt(Date.now() + count)
}

function idAt(instant: number): string {
  const digits = instant.toString(16).padStart(12, '0')
  return `${digits.slice(0, 8)}-${digits.slice(8)}-7000-8000-000000000000`
}

async function insert(row: Row = {}): Promise<AuthorizationId> {
  const { id = nextId(), bank = 'halyk', card = 'card-1', kind = 'authorization' } = row
  const { state = 'approved', receivedAt = new Date().toISOString(), parent = null } = row
  await opened.ask(
    `INSERT INTO "authorization" (id, bank_id, card_token, kind, parent_id, state, received_at, local_date, network_key,
       type, billing_amount, request_body, decline_reason, approval_code, approved_amount, response_body)
     VALUES ($1::uuid, $2, $3, $4, $5::uuid, $6::text, $7, '2026-11-22', $1::uuid::text, 'purchase', 1250000, '{}',
       CASE $6 WHEN 'declined' THEN 'insufficient_funds' END, CASE $6 WHEN 'approved' THEN '0A1B2C' END,
       CASE $6 WHEN 'approved' THEN 1250000 END, CASE $6 WHEN 'accepted' THEN NULL ELSE '{}' END)`,
    [id, bank, card, kind, parent, state, receivedAt],
  )
  return `aut_${id}` as AuthorizationId
}

async function insertMany(count: number, row: Row = {}): Promise<AuthorizationId[]> {
  const ids: AuthorizationId[] = []
  for (let index = 0; index < count; index += 1) ids.push(await insert(row))
  return ids.toReversed()
}

/** Every id of a list, page after page; `between` is called before each further page. */
async function walk(
  request: Omit<ListRequest, 'before'>,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<AuthorizationId[]> {
  const seen: AuthorizationId[] = []
  for (;;) {
    const page = await lists.list({ ...request, before: seen.at(-1) })
    seen.push(...page.authorizations.map(({ id }) => id))
    if (!page.hasMore) return seen
    await between()
  }
}

test.each([1, 2, 3, 7, 8])(
  'pages of %i give every authorization once, the latest first',
  async (limit) => {
    const ids = await insertMany(7)
    expect(await walk({ bank: HALYK, limit })).toEqual(ids)
    expect(await walk({ bank: HALYK, cardToken: 'card-1' as CardToken, limit })).toEqual(ids)
  },
)

test('what comes in meanwhile moves no page', async () => {
  const ids = await insertMany(6)
  expect(await walk({ bank: HALYK, limit: 2 }, () => insert())).toEqual(ids)
})

test('the last page says that nothing follows, also when it is full', async () => {
  await insertMany(2)
  expect(await lists.list({ bank: HALYK, limit: 2 })).toMatchObject({ hasMore: false })
  expect(await lists.list({ bank: HALYK, limit: 1 })).toMatchObject({ hasMore: true })
  expect(await lists.list({ bank: FORTE, limit: 1 })).toEqual({
    authorizations: [],
    hasMore: false,
  })
})

test('another bank’s never appear, whatever is asked for', async () => {
  const [theirs] = await insertMany(1, { bank: 'forte' })
  const [ours] = await insertMany(1)
  expect(await walk({ bank: HALYK, limit: 50 })).toEqual([ours])
  expect(await walk({ bank: FORTE, limit: 50, cardToken: 'card-1' as CardToken })).toEqual([theirs])
  const page = await lists.list({ bank: FORTE, limit: 50, before: ours })
  expect(page.authorizations.map(({ id }) => id)).toEqual([theirs])
})

test('each filter leaves out what it names not, and all of them hold together', async () => {
  const first = await insert({ card: 'card-2' })
  const declined = await insert({ state: 'declined' })
  const parent = first.slice(4)
  const increment = await insert({ kind: 'increment', parent, card: 'card-2' })
  const accepted = await insert({ state: 'accepted' })
  const listed = (filters: Omit<ListRequest, 'bank' | 'limit'>) =>
    walk({ bank: HALYK, limit: 50, ...filters })
  expect(await listed({ state: 'declined' })).toEqual([declined])
  expect(await listed({ state: 'accepted' })).toEqual([accepted])
  expect(await listed({ kind: 'increment' })).toEqual([increment])
  const cardToken = 'card-2' as CardToken
  expect(await listed({ cardToken })).toEqual([increment, first])
  expect(await listed({ cardToken, kind: 'authorization', state: 'approved' })).toEqual([first])
  expect(await listed({ cardToken, state: 'declined' })).toEqual([])
})

test('times of receipt are kept to the millisecond: the beginning is in, the end is not', async () => {
  const at = Date.parse('2026-11-22T10:00:00.000Z')
  const insertAt = (instant: number) =>
    insert({ id: idAt(instant), receivedAt: new Date(instant).toISOString() })
  const [before, first, last, after] = [
    await insertAt(at - 1),
    await insertAt(at),
    await insertAt(at + 59_999),
    await insertAt(at + 60_000),
  ]
  const listed = (from?: number, to?: number) => walk({ bank: HALYK, limit: 50, from, to })
  expect(await listed(at, at + 60_000)).toEqual([last, first])
  expect(await listed(at + 1)).toEqual([after, last])
  expect(await listed(undefined, at)).toEqual([before])
  expect(await listed(0, 4_000_000_000_000)).toEqual([after, last, first, before])
})

test('an approval tells what became of its tenge, and anything else has none', async () => {
  const approved = await insert()
  await opened.ask(
    `UPDATE "authorization" SET released_amount = 250000, cleared_amount = 400000, refunded_amount = 100000,
       hold_until = '2026-11-29T10:00:00Z' WHERE id = $1`,
    [approved.slice(4)],
  )
  await insert({ state: 'declined' })
  const { authorizations } = await lists.list({ bank: HALYK, limit: 2 })
  expect(authorizations[1]).toMatchObject({
    id: approved,
    kind: 'authorization',
    isFinal: false,
    billing: 1_250_000n,
    amounts: {
      approved: 1_250_000n,
      released: 250_000n,
      cleared: 400_000n,
      refunded: 100_000n,
      open: 600_000n,
    },
    holdUntil: new Date('2026-11-29T10:00:00Z'),
  })
  expect(authorizations[0]).toMatchObject({ state: 'declined', reason: 'insufficient_funds' })
  expect(authorizations[0]?.amounts).toBeUndefined()
})

test("a bank's list reads no row of another bank, however few are its own", async () => {
  await opened.ask(
    `INSERT INTO "authorization"
       (id, bank_id, card_token, state, received_at, local_date, network_key, type, request_body)
     SELECT uuid_from(now() + n * interval '1 ms'), 'forte', 'card-1', 'accepted', now(), '2026-11-22', n::text,
       'purchase', '{}'
     FROM generate_series(1, 5000) AS n`,
  )
  await opened.ask('ANALYZE "authorization"')
  const { text } = loadStatements(join(import.meta.dirname, 'lists'), ['authorization-list'])[
    'authorization-list'
  ]
  const highest = 'ffffffff-ffff-ffff-ffff-ffffffffffff'
  const lowest = '00000000-0000-0000-0000-000000000000'
  const values = [HALYK, highest, lowest, null, null, null, null, null, 51]
  const plan = await opened.ask<{ 'QUERY PLAN': string }>(`EXPLAIN ANALYZE ${text}`, values)
  const lines = plan.map((row) => row['QUERY PLAN']).join('\n')
  expect(lines).toContain('authorization_bank')
  expect(lines).not.toContain('Rows Removed')
})
