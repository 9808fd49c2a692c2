import { localDay } from '@tolem/domain/local-day'
import type { Rate } from '@tolem/money/rate'
import { type AskingRefusal, askOfficialRate } from './asking.ts'

/** Tenge for one dollar on one Asia/Almaty day (`YYYY-MM-DD`). */
export type OfficialRate = { readonly day: string; readonly rate: Rate }

/** Where official rates are kept over a restart. */
export type OfficialStore = {
  /** The latest that is kept; nothing where none is. */
  latest(): Promise<OfficialRate | undefined>
  keep(rate: OfficialRate): Promise<void>
}

/** The National Bank's dollar, asked for by itself from `start` until `close`. */
export type OfficialRates = {
  /** The last good one while it is not older than the programme allows; then nothing. */
  current(): Rate | undefined
  latest(): OfficialRate | undefined
  /** Resolves when what is kept was loaded and the first round of questions is over. Throws nothing. */
  start(): Promise<void>
  close(): void
}

/** What a round of questions ended with. */
export type OfficialOutcome = 'rate' | AskingRefusal

/** Rates of a day do not change; the next day's is wanted soon after midnight. */
const ASK_EVERY_MS = 600_000

/** After a failure. */
const ASK_AGAIN_MS = 60_000

const DAY_MS = 86_400_000

type Dependencies = {
  readonly policy: { readonly url: string; readonly maximumAgeDays: number }
  readonly store?: OfficialStore | undefined
  readonly now: () => number
  readonly onRound: (outcome: OfficialOutcome, latest: OfficialRate | undefined) => void
  readonly onFault: (error: unknown) => void
}

type Following = {
  readonly deps: Dependencies
  latest: OfficialRate | undefined
  timer: NodeJS.Timeout | undefined
  isClosed: boolean
}

/** Follows the feed at `policy.url`; whatever fails, the last good rate stands until it is too old. */
export function createOfficialRates(deps: Dependencies): OfficialRates {
  const following: Following = { deps, latest: undefined, timer: undefined, isClosed: false }
  return {
    latest: () => following.latest,
    current: () => currentOf(following),
    start: async () => {
      await load(following)
      await round(following)
    },
    close: () => {
      following.isClosed = true
      clearTimeout(following.timer)
    },
  }
}

function currentOf({ latest, deps }: Following): Rate | undefined {
  if (latest === undefined) return undefined
  const ageDays = (Date.parse(localDay(deps.now())) - Date.parse(latest.day)) / DAY_MS
  return ageDays >= 0 && ageDays <= deps.policy.maximumAgeDays ? latest.rate : undefined
}

async function load(following: Following): Promise<void> {
  try {
    following.latest = await following.deps.store?.latest()
  } catch (error) {
    // What is kept only spares a question: the feed is asked next.
    following.deps.onFault(error)
  }
}

async function round(following: Following): Promise<void> {
  const { deps } = following
  if (following.isClosed) return
  const isKnown = following.latest?.day === localDay(deps.now())
  const outcome = isKnown ? 'rate' : await ask(following)
  deps.onRound(outcome, following.latest)
  const isFailed = outcome !== 'rate' && outcome !== 'empty'
  if (following.isClosed) return
  const waitMs = isFailed ? ASK_AGAIN_MS : ASK_EVERY_MS
  following.timer = setTimeout(() => void round(following), waitMs)
}

/** A day without a rate is a holiday: the day before may have one. Any other failure would be the same for that day. */
async function ask(following: Following): Promise<OfficialOutcome> {
  const { deps } = following
  const { url, maximumAgeDays } = deps.policy
  for (const day of daysToAsk(deps.now(), maximumAgeDays, following.latest?.day)) {
    const answer = await askOfficialRate(url, day)
    if (answer.ok) {
      following.latest = { day, rate: answer.value }
      await keep(following, following.latest)
      return 'rate'
    }
    if (answer.reason !== 'empty' || following.isClosed) return answer.reason
  }
  return 'empty'
}

async function keep({ deps }: Following, rate: OfficialRate): Promise<void> {
  try {
    await deps.store?.keep(rate)
  } catch (error) {
    // The rate is used all the same; after a restart it is asked for again.
    deps.onFault(error)
  }
}

/** Today, and backwards every day that is young enough to be used and later than what is known already. */
function daysToAsk(
  now: number,
  maximumAgeDays: number,
  known: string | undefined,
): readonly string[] {
  const days = Array.from({ length: maximumAgeDays + 1 }, (_, back) =>
    localDay(now - back * DAY_MS),
  )
  return days.filter((day) => known === undefined || day > known)
}
