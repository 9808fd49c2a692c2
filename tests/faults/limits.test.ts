import { createRandom } from '@tolem/testing/random'
import type { AuthorizationAnswer } from '@tolem/wire/authorization'
import type { AuthorizationBody } from '@tolem/wire/request'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SEED } from '../setup/numbers.ts'
import { audit, untilSettled } from '../support/audit.ts'
import { ask } from '../support/life/calls.ts'
import { readTenge, writeTenge } from '../support/life/words.ts'
import { aWithdrawal } from '../support/life-messages.ts'
import { aPurchase } from '../support/messages.ts'
import { need, type OwnParts, startOwnParts } from '../support/own-parts.ts'
import { openStack, type Stack, type TestCard } from '../support/stack.ts'

const REQUESTS = 200
/** What is tested is limits: a busy machine shall not decline for want of time instead. */
const LONGEST_BUDGET_MS = 3_000
const kzt = (tiyn: bigint) => ({ value: writeTenge(tiyn), currency: 'KZT' })

let own: OwnParts | undefined
let stacks: readonly Stack[] = []
const undo: (() => Promise<unknown>)[] = []

/** Two authorizers on one database, which know of each other by nothing else. */
beforeAll(async () => {
  own = await startOwnParts(3, { responseBudgetMs: LONGEST_BUDGET_MS })
  if (!own) return
  const { service, url } = await own.parts.anotherAuthorizer()
  undo.push(() => service.stop('SIGTERM'))
  await service.start()
  const other = openStack({ ...own.parts.demo, url })
  undo.push(other.close)
  stacks = [own.stack, other]
  // A process that has just started is slow: what is tested is limits, not that.
  const warm = await own.stack.openCard({ holds: '100000' })
  for (const many of [1, 10, 50])
    await askAll(
      warm,
      Array.from({ length: many * 2 }, () => aPurchase(warm.token, { amount: '100.00' })),
    )
}, 120_000)

afterAll(async () => {
  for (const step of undo.toReversed()) await step()
  await own?.close()
})

type Asked = { readonly tiyn: bigint; readonly answer: AuthorizationAnswer }

/** All at once, every other one through the other authorizer. */
async function askAll(card: TestCard, bodies: readonly AuthorizationBody[]): Promise<Asked[]> {
  return Promise.all(
    bodies.map(async (body, index) => {
      const stack = stacks[index % stacks.length] ?? expect.unreachable()
      const answer = await ask(stack.bank(card.bank), 'authorizations', body)
      return { tiyn: readTenge(body.transactionAmount), answer }
    }),
  )
}

function sumOf(asked: readonly Asked[]): bigint {
  return asked.reduce((sum, { tiyn }) => sum + tiyn, 0n)
}

/** By what came of them: approved, refused by the limit in question, or hindered by something else. */
function sort(asked: readonly Asked[], reason: string) {
  const approved = asked.filter(({ answer }) => answer.decision === 'approved')
  const refused = asked.filter(({ answer }) => answer.reason === reason)
  const hindered = asked.filter(
    ({ answer }) => answer.decision !== 'approved' && answer.reason !== reason,
  )
  const counts: Record<string, number> = { approved: approved.length, refused: refused.length }
  for (const { answer } of hindered)
    counts[answer.reason ?? '?'] = (counts[answer.reason ?? '?'] ?? 0) + 1
  process.stdout.write(`${reason} (SEED=${SEED}): ${JSON.stringify(counts)}\n`)
  return { approved, refused, hindered }
}

/** Within the limit, and so near to it that none of those that it refused would have fitted as well. */
function expectUsedUp(asked: readonly Asked[], limit: bigint): void {
  const { approved, refused, hindered } = sort(asked, 'amount_limit_exceeded')
  const used = sumOf(approved)
  expect(used).toBeLessThanOrEqual(limit)
  // Where most were hindered, nothing was seen of the limit.
  expect(used).toBeGreaterThan(limit / 2n)
  // What something else hindered was counted while it was being decided. Without a refusal all of it was counted.
  const counted = used + sumOf(hindered)
  if (refused.length === 0) expect(counted).toBeGreaterThan(limit)
  for (const { tiyn } of refused) expect(counted + tiyn).toBeGreaterThan(limit)
}

async function findMistakes(): Promise<readonly string[]> {
  const { parts, stack } = own ?? expect.unreachable()
  await untilSettled(parts.databaseUrl, 60_000)
  return (await audit(parts.databaseUrl, stack.sandbox)).mistakes
}

test(`${REQUESTS} purchases at once over two authorizers never exceed a day’s amount, and use it up`, {
  timeout: 60_000,
}, async (context) => {
  need(own, context)
  const limit = 120_000_00n
  const card = await own.stack.openCard({
    holds: '100000',
    card: { limits: { dailyAmount: kzt(limit) } },
  })
  const random = createRandom(SEED)
  const bodies = Array.from({ length: REQUESTS }, () =>
    aPurchase(card.token, { amount: writeTenge(BigInt(Math.ceil(100_00 + random() * 2_000_00))) }),
  )
  expectUsedUp(await askAll(card, bodies), limit)
  expect(await findMistakes()).toEqual([])
})

test(`${REQUESTS} purchases at once over two authorizers never exceed a day’s count, and use it up`, {
  timeout: 60_000,
}, async (context) => {
  need(own, context)
  const limit = 70
  const card = await own.stack.openCard({
    exchange: 'binance',
    holds: '100000',
    card: { limits: { dailyCount: limit } },
  })
  const bodies = Array.from({ length: REQUESTS }, () => aPurchase(card.token, { amount: '200.00' }))
  const { approved, refused, hindered } = sort(await askAll(card, bodies), 'count_limit_exceeded')
  expect(approved.length).toBeLessThanOrEqual(limit)
  expect(approved.length).toBeGreaterThan(limit / 2)
  expect(approved.length + hindered.length).toBeGreaterThanOrEqual(limit)
  expect(refused.length).toBeGreaterThanOrEqual(REQUESTS - limit - hindered.length)
  expect(await findMistakes()).toEqual([])
})

test(`${REQUESTS} withdrawals at once over two authorizers never exceed the programme’s cash of a day`, {
  timeout: 60_000,
}, async (context) => {
  need(own, context)
  const card = await own.stack.openCard({ holds: '100000' })
  const bodies = Array.from({ length: REQUESTS }, () =>
    aWithdrawal(card.token, { amount: '4000.00' }),
  )
  expectUsedUp(await askAll(card, bodies), 500_000_00n)
  expect(await findMistakes()).toEqual([])
})
