import type { CrashPoint } from '@tolem/crash-points'
import { query } from '../ledger.ts'
import { ask } from '../life/calls.ts'
import { anAdvice } from '../life-messages.ts'
import { limiter } from '../limiter.ts'
import { aReversal } from '../messages.ts'
import { decide } from '../stack.ts'
import { judge, openRounds, type Round, type Troubles } from './rounds.ts'
import { death, isQuiet, type Site, settle } from './site.ts'

/** What is prepared while no settlement runs, and what must have come of it in the end. */
type Work = {
  readonly troubles: Troubles
  readonly prepare: (site: Site, round: Round) => Promise<void>
  /** Does a debit live in the end? Absent: as the bank was told. */
  readonly live?: boolean
}

/** Debits whose end nobody heard. */
const IN_DOUBT: Work = {
  troubles: {
    operation: 'debit',
    faults: { executed: ['error_5xx_after'], 'not executed': ['error_5xx_before', 'reset_before'] },
  },
  async prepare({ stack }, { message, replies }) {
    const { reply } = await decide(stack.bank(), message)
    replies.push(reply)
  },
}

const OF_CREDITS: Troubles = {
  operation: 'credit',
  times: 1,
  faults: {
    executed: ['none', 'error_5xx_after', 'reset_after'],
    'not executed': ['error_5xx_before', 'reset_before'],
  },
}

/** Purchases that were approved and reversed. */
const REVERSED: Work = {
  troubles: OF_CREDITS,
  async prepare(site, round) {
    await approve(site, round)
    await ask(site.stack.bank(), 'reversals', aReversal(round.message))
  },
  live: false,
}

/** Purchases that a bank approved in our place. */
const ADVISED: Work = {
  troubles: {
    operation: 'debit',
    times: 1,
    faults: {
      executed: ['none', 'error_5xx_after', 'reset_after'],
      'not executed': ['error_5xx_before', 'reset_before', 'insufficient'],
    },
  },
  async prepare({ stack }, { card, message }) {
    const amount = message.transactionAmount.value
    await ask(stack.bank(), 'advices', anAdvice(card.token, { amount }))
  },
  live: true,
}

/** Holds whose time is over. */
const EXPIRED: Work = {
  troubles: OF_CREDITS,
  async prepare(site, round) {
    const id = (await approve(site, round)).slice('aut_'.length)
    await query(
      site.own.parts.databaseUrl,
      `UPDATE "authorization" SET hold_until = now() - interval '1 second' WHERE id = '${id}'`,
    )
  },
  live: false,
}

const WORK = {
  'settle.after_claim': IN_DOUBT,
  'settle.before_credit': REVERSED,
  'settle.after_credit': REVERSED,
  'settle.after_write': IN_DOUBT,
  'collect.after_intend': ADVISED,
  'collect.after_debit': ADVISED,
  'expire.after_write': EXPIRED,
} as const satisfies Partial<Record<CrashPoint, Work>>

/** The points at which a settlement dies, but those of conversions. */
export const SETTLEMENT_POINTS = Object.keys(WORK) as readonly (keyof typeof WORK)[]

/** How many are at the point when a settlement dies, where so many come. */
const AT_ONCE = 10

/**
 * A settlement that is told to die dies so often that as many are met as there are, or so often as is said, and lives
 * then: one that always died as soon as it had claimed something would never come further.
 */
export async function killSettlement(
  site: Site,
  point: keyof typeof WORK,
  {
    rounds,
    most = Math.ceil((2 * rounds) / Math.min(AT_ONCE, rounds)) + 1,
  }: { readonly rounds: number; readonly most?: number },
): Promise<void> {
  const { settlement } = site.own.parts
  const { troubles, prepare, live }: Work = WORK[point]
  await settlement.stop('SIGKILL')
  const opened = await openRounds(site, point, { each: rounds, troubles })
  const atOnce = limiter(16)
  await Promise.all(opened.map((round) => atOnce(() => prepare(site, round))))
  await dieWhileBusy(site, point, { count: Math.min(AT_ONCE, rounds), most })
  await settle(site)
  await judge(site, opened, live)
}

async function approve({ stack }: Site, { message, replies }: Round): Promise<string> {
  const { reply, answer } = await decide(stack.bank(), message)
  if (answer.decision !== 'approved') throw new Error(`not approved: ${JSON.stringify(answer)}`)
  if (reply.status === 200) replies.push(reply)
  return answer.authorizationId
}

const LOOKS_EVERY_MS = 1_000

/** What nobody comes with for so long, once others came, is for the audit to judge. */
const ENDS_WITHIN_MS = 30_000

async function dieWhileBusy(
  { own, table }: Site,
  point: CrashPoint,
  { count, most }: { readonly count: number; readonly most: number },
): Promise<void> {
  const { settlement, databaseUrl } = own.parts
  for (let deaths = 0; deaths < most; deaths += 1) {
    settlement.launch({ CRASH_AT: `${point}:${count}` })
    let came: number | undefined
    let isOver = false
    const patience = AbortSignal.timeout(ENDS_WITHIN_MS)
    while (came === undefined && !isOver && !patience.aborted) {
      came = await death(settlement, point, LOOKS_EVERY_MS)
      isOver = await isQuiet(databaseUrl)
    }
    if (came === undefined) {
      if (deaths === 0) throw new Error(`no settlement came to ${point}`)
      return
    }
    table.addDeath(point, came)
  }
}
