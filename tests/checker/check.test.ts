import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type House, makeHome, removeHome, startHouse } from '../setup/house.ts'
import { createProcessor, type Processor } from '../soak/processor.ts'
import { createRecorder } from '../soak/recorder.ts'
import { newTally } from '../soak/tally.ts'
import { asMessage, keyText } from '../soak/traffic.ts'
import { untilSettled } from '../support/audit.ts'
import type { CallName } from '../support/life/calls.ts'
import { aClearing, aReversalOf } from '../support/life-messages.ts'
import { aPurchase } from '../support/messages.ts'
import { openStack, type Stack, type TestCard } from '../support/stack.ts'
import { type Checked, checkHistory, violationsIn } from './check.ts'
import { PLANTS } from './plants.ts'

/** What is tested is the checker: a busy machine may take its time. */
const TOLERANCE_MS = 10_000
const OPEN_PURCHASES = 14

let house: House
let stack: Stack
let processor: Processor
let bank: string
let closeHistory: () => Promise<void>

beforeAll(async () => {
  house = await startHouse(await makeHome())
  stack = openStack(house.demo)
  bank = join(house.home, 'bank.ndjson')
  const recorder = createRecorder(bank)
  closeHistory = recorder.close
  processor = createProcessor({
    demo: house.demo,
    urls: [house.demo.url],
    recorder,
    tally: newTally(),
    budgetMs: 1_000,
    giveUp: new AbortController().signal,
  })
}, 120_000)

afterAll(async () => {
  await processor.close()
  await stack.close()
  await house.stop('SIGKILL')
  await removeHome(house.home)
})

async function tell(card: TestCard, call: CallName, body: object, original?: object) {
  const names = original && {
    original: { kind: 'authorization', key: keyText(original as ReturnType<typeof aPurchase>) },
  }
  const message = { ...asMessage(card, call, body), ...names, full: call === 'reversals' }
  const { reply } = await processor.send(message, 40, 0)
  expect(reply?.status).toBe(200)
}

async function buy(card: TestCard) {
  const purchase = aPurchase(card.token)
  await tell(card, 'authorizations', purchase)
  return purchase
}

/** What `npm start` shows at its start is in no history. */
async function check(): Promise<readonly Checked[]> {
  const views = { bank, database: house.database.url, sandbox: house.demo.sandboxUrl }
  const comparison = await checkHistory({ ...views, toleranceMs: TOLERANCE_MS, isPartial: true })
  return comparison.checks
}

/** Makes a life of each kind that the plants need. */
async function liveOn(): Promise<void> {
  const card = await stack.openCard({ holds: '100000' })
  const poor = await stack.openCard({ holds: '1' })
  for (let count = 0; count < OPEN_PURCHASES; count += 1) await buy(card)
  for (const one of [await buy(card), await buy(card)])
    await tell(card, 'reversals', aReversalOf(one), one)
  const cleared = await buy(card)
  const clearing = aClearing(card.token, { original: cleared, amount: '9000.00' })
  await tell(card, 'clearings', clearing, cleared)
  await buy(poor)
}

/** Changes one line of the history, and gives the op of that. */
function rewrite(
  matches: (line: Line) => boolean,
  change: (line: Line) => readonly Line[],
): number {
  const lines: Line[] = readFileSync(bank, 'utf8')
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text))
  const at = lines.findIndex(matches)
  const line = lines[at] ?? expect.unreachable()
  lines.splice(at, 1, ...change(line))
  writeFileSync(bank, lines.map((one) => `${JSON.stringify(one)}\n`).join(''))
  return line.op
}

type Line = {
  readonly op: number
  readonly type: string
  readonly key: string
  readonly waitedMs?: number
}

test('of a whole run it says that everything holds, and of each planted wrong what and where it is', async () => {
  await liveOn()
  await untilSettled(house.database.url, 60_000)
  expect(violationsIn({ checks: await check(), calls: {}, movements: 0, tookMs: 0 })).toEqual([])

  const twice = await stack.openCard({ holds: '1000' })
  await stack.sandbox.layFault({
    exchange: twice.exchange,
    wallet: twice.wallet,
    operation: 'debit',
    kind: 'execute_twice',
    times: 1,
  })
  await buy(twice)
  const [moved] = await twice.movements()
  await processor.idle()
  await closeHistory()
  const expected = [
    { finds: 'i03-once', what: 'a debit executed twice', id: moved?.reference ?? '?' },
  ]
  expected.push(...(await plantInDatabase()), ...plantInHistory())

  const checks = await check()
  const missed = expected.filter(
    ({ finds, id }) =>
      !checks.find(({ name }) => name === finds)?.wrongs.some((wrong) => wrong.includes(id)),
  )
  expect(missed).toEqual([])
}, 180_000)

async function plantInDatabase() {
  const client = new Client({ connectionString: house.database.url })
  await client.connect()
  try {
    // The ledger's own triggers refuse such changes.
    await client.query('SET session_replication_role = replica')
    const planted = []
    for (const { finds, what, sql } of PLANTS) {
      const { rows } = await client.query(sql)
      planted.push({ finds, what, id: String(rows[0]?.id ?? 'no victim') })
    }
    return planted
  } finally {
    await client.end()
  }
}

function plantInHistory() {
  const isOk = ({ type }: Line) => type === 'ok'
  let skip = 0
  const nth = (number: number) => (line: Line) => isOk(line) && skip++ === number
  const other = (number: number, change: object) => {
    skip = 0
    return `op ${rewrite(nth(number), (line) => [{ ...line, ...change }])}`
  }
  const bytes = other(3, { digest: 'other bytes' })
  const late = other(4, { waitedMs: 60_000 })
  const lost = other(5, { id: 'aut_00000000-0000-7000-8000-000000000000' })
  let key = ''
  // A second copy, which heard the contrary.
  rewrite(
    ({ type }) => type === 'invoke',
    (line) => {
      key = line.key
      const op = 1_000_000
      const heard = { op, type: 'ok', at: 1, status: 200, digest: 'x', decision: 'declined' }
      return [line, { ...line, op }, heard as unknown as Line]
    },
  )
  return [
    { finds: 'i08-stored-bytes', what: 'other bytes', id: bytes },
    { finds: 'i12-budget', what: 'a late answer', id: late },
    { finds: 'i02-approvals-heard', what: 'an approval without a record', id: lost },
    { finds: 'i09-declines-stay', what: 'a decline after an approval', id: key },
    { finds: 'i08-same-bytes', what: 'two answers', id: key },
  ]
}
