import { setTimeout as delay } from 'node:timers/promises'
import type { CrashPoint } from '@tolem/crash-points'
import { type Reply, type Stack, sendAuthorization } from '../stack.ts'
import { judge, openRounds, type Round } from './rounds.ts'
import { death, type Site, settle } from './site.ts'

/** The points at which an authorizer dies. */
export const AUTHORIZER_POINTS = [
  'authorize.before_accept',
  'authorize.after_accept',
  'authorize.after_debit',
  'authorize.after_conclude',
  'authorize.after_answer',
] as const satisfies readonly CrashPoint[]

/** Rounds of each variant that one death meets. */
const EACH = 10

const TROUBLES = {
  operation: 'debit',
  faults: {
    executed: ['none', 'none', 'error_5xx_after'],
    'not executed': ['error_5xx_before', 'insufficient', 'reset_before'],
  },
} as const

/**
 * The authorizer dies again and again at each point, with `rounds` purchases of each variant under way in all. After
 * each death the bank repeats its messages, to another authorizer, and in the end to one that was started again.
 */
export async function killAuthorizers(
  site: Site,
  points: readonly CrashPoint[],
  rounds: number,
): Promise<void> {
  const { stack, victim } = site
  const all: Round[] = []
  for (const point of points)
    for (let left = rounds; left > 0; left -= EACH)
      all.push(...(await killOnce(site, point, Math.min(EACH, left))))
  await untilAnswered(stack, all)
  await settle(site)
  await victim.service.start()
  await untilAnswered(victim.stack, all)
  await victim.service.stop('SIGTERM')
  await judge(site, all)
}

async function killOnce(site: Site, point: CrashPoint, each: number): Promise<readonly Round[]> {
  const { stack, victim, table } = site
  const rounds = await openRounds(site, point, { each, troubles: TROUBLES })
  await victim.service.start({ CRASH_AT: `${point}:${rounds.length}` })
  await Promise.all(rounds.map((round) => send(victim.stack, round)))
  const came = await death(victim.service, point)
  if (came === undefined) throw new Error(`no authorizer came to ${point}`)
  table.addDeath(point, came)
  // Banks do not wait until we are well again.
  await Promise.all(rounds.map((round) => send(stack, round, true)))
  return rounds
}

async function send(stack: Stack, { message, replies }: Round, repeat = false): Promise<void> {
  const body = repeat ? { ...message, repeat } : message
  const reply = await sendAuthorization(stack.bank(), body).catch(() => undefined)
  if (reply) replies.push(reply)
}

/** A bank repeats what is not decided yet until it is. */
const ANSWERED_WITHIN_MS = 30_000

async function untilAnswered(stack: Stack, rounds: readonly Round[]): Promise<void> {
  const patience = AbortSignal.timeout(ANSWERED_WITHIN_MS)
  const isDecided = (reply: Reply | undefined) => reply?.status === 200
  await Promise.all(
    rounds.map(async (round) => {
      const before = round.replies.length
      while (!round.replies.slice(before).some(isDecided) && !patience.aborted) {
        await send(stack, round, true)
        if (!isDecided(round.replies.at(-1))) await delay(100)
      }
    }),
  )
}
