import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '@tolem/testing/random'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { SEED } from '../setup/numbers.ts'
import type { Environment, Service, Shell } from '../setup/service.ts'
import { audit, untilSettled } from '../support/audit.ts'
import { newTally, openAllCards, payUntil, repeatAll, tell } from '../support/load.ts'
import { need, type OwnParts, startOwnParts } from '../support/own-parts.ts'
import { openSlowSockets } from '../support/slow-sockets.ts'
import { BANKS, openStack, type Stack, TOLERANCE_MS } from '../support/stack.ts'
import { mistakesIn, watchMachine } from '../support/wired-parts.ts'

const TESTS = 3

/** For how long what is tested lasts, and how many buy meanwhile. */
const LASTS_MS = 1_500
const PAYERS = 6
/** Fewer would show nothing. */
const SOME = 20
/** Every bank's connections at once: a payer sends up to three messages, and all may be of one bank. */
const CONNECTIONS = 3 * PAYERS
/**
 * What a busy machine says, and by how much one that says nothing may have held us up: three of one card that wait for
 * their processor so long keep the fourth from its row for longer than it waits, which is then `unavailable`.
 */
const BUSY = ['/problems/no_answer_in_time', '/problems/overloaded']
const STOOD_STILL_MS = TOLERANCE_MS + 2 * 50

let own: OwnParts | undefined

beforeAll(async () => {
  own = await startOwnParts(TESTS)
}, 120_000)

afterAll(() => own?.close())

type Site = { readonly service: Service; readonly url: string; readonly stack: Stack }

/** An authorizer to which something is done. */
async function openSite(shell?: Shell, environment?: Environment): Promise<Site> {
  const { parts } = own ?? expect.unreachable()
  const { service, url } = await parts.anotherAuthorizer({ shell })
  await service.start(environment)
  const stack = openStack({ ...parts.demo, url })
  onTestFinished(async () => {
    await stack.close()
    await service.stop('SIGKILL')
  })
  return { service, url, stack }
}

/**
 * Banks buy while `work` lasts: all is decided in time, by the process that was started, and adds up. Gives how many
 * purchases were approved.
 */
async function buyDuring(
  { service, stack }: Site,
  work: () => Promise<unknown>,
  payers = PAYERS,
): Promise<number> {
  const { parts } = own ?? expect.unreachable()
  const cards = await openAllCards(stack)
  const before = service.pid()
  const warm = newTally()
  await payUntil({ stack, cards, tally: warm }, createRandom(SEED), () => delay(500), payers)
  // A bank that has no connection of its own yet may find none free, which is not what is tested.
  const echoes = BANKS.flatMap((bank) =>
    Array.from({ length: CONNECTIONS }, () => stack.bank(bank)),
  )
  await Promise.all(echoes.map((bank) => bank.echo('warm')))
  const tolerance = watchMachine()
  const tally = newTally()
  const traffic = { stack, cards, tally }
  const untilSome = async () => {
    await work()
    await expect.poll(() => tally.approved, { timeout: 20_000 }).toBeGreaterThan(SOME)
  }
  await payUntil(traffic, createRandom(SEED + 1), untilSome, payers)
  const toleranceMs = tolerance()
  await repeatAll(stack, tally)
  const late = mistakesIn(tally, toleranceMs)
  await untilSettled(parts.databaseUrl, 60_000)
  const found = await audit(parts.databaseUrl, stack.sandbox)
  process.stdout.write(`${expect.getState().currentTestName} (SEED=${SEED}): ${tell(tally)}\n`)
  expect([...late, ...found.mistakes]).toEqual([])
  // What is tried here must not keep anybody from a connection or a row: only the machine may.
  const isBusy = toleranceMs > STOOD_STILL_MS || BUSY.some((name) => tally.undecided.has(name))
  const others = [...tally.undecided].filter(([name]) => !BUSY.includes(name))
  if (!isBusy) expect(others).toEqual([])
  expect([service.fate(), service.pid()]).toEqual([undefined, before])
  return tally.approved
}

test('a thousand connections of slow senders and readers are ended, and no bank feels them', async (context) => {
  need(own, context)
  const site = await openSite()
  const approved = await buyDuring(site, async () => {
    const slow = openSlowSockets(site.url)
    onTestFinished(slow.close)
    await expect.poll(slow.taken, { timeout: 10_000 }).toBe(1_000)
    await expect.poll(slow.open, { timeout: 30_000, interval: 200 }).toBe(0)
  })
  expect(approved).toBeGreaterThan(SOME)
}, 120_000)

test('more connections than files may be open do not take those of the database and the exchanges', async (context) => {
  need(own, context)
  const site = await openSite({ before: 'ulimit -n 256;' })
  const { port } = new URL(site.url)
  const approved = await buyDuring(site, async () => {
    const flood = Array.from({ length: 600 }, () =>
      connect(Number(port), '127.0.0.1').on('error', () => undefined),
    )
    onTestFinished(() => flood.forEach((socket) => socket.destroy()))
    const kept = () => flood.filter(({ readyState }) => readyState === 'open').length
    await expect.poll(kept, { timeout: 5_000 }).toBeLessThan(150)
    await delay(LASTS_MS)
  })
  expect(approved).toBeGreaterThan(SOME)
}, 120_000)

test('with a heap of 128 MiB and a log that nobody reads purchases are decided, and the process ends', {
  timeout: 120_000,
}, async (context) => {
  need(own, context)
  const directory = mkdtempSync(join(tmpdir(), 'tolem-log-'))
  const log = join(directory, 'log')
  execFileSync('mkfifo', [log])
  // Held open for both ends, so that nobody waits for the other; and never read.
  const held = openSync(log, constants.O_RDWR)
  onTestFinished(() => {
    closeSync(held)
    rmSync(directory, { recursive: true })
  })
  const site = await openSite(
    { after: `> '${log}'` },
    {
      LOG_LEVEL: 'trace',
      NODE_OPTIONS: '--max-old-space-size=128',
    },
  )
  expect(await buyDuring(site, () => delay(2 * LASTS_MS), 24)).toBeGreaterThan(SOME)
  expect(await site.service.stop('SIGTERM')).toEqual({ code: 0, signal: null })
})
