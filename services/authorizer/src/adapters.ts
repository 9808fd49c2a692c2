import { randomUUIDv7 } from 'node:crypto'
import { createHolds } from '@tolem/authorizations/holds'
import { createAuthorizationLists } from '@tolem/authorizations/lists'
import { createAuthorizationRecords } from '@tolem/authorizations/records'
import { createCards } from '@tolem/cards'
import type { SecretReader } from '@tolem/config/secrets'
import { toApprovalCode } from '@tolem/domain/approval-code'
import type { AuthorizationId, QuoteId } from '@tolem/domain/ids'
import { createRails } from '@tolem/exchanges/compose'
import { holdJournals } from '@tolem/ledger/holds'
import { createPostgres } from '@tolem/postgres/pool'
import type { Programme } from '@tolem/programme/schema'
import { createCreditQuotes } from '@tolem/quotes/credit'
import { createRateMirror } from '@tolem/quotes/mirror'
import { createQuotes } from '@tolem/quotes/quotes'
import { createSpendable } from '@tolem/quotes/spendable'
import type { Bus } from '@tolem/redis/bus'
import type { Readiness } from '@tolem/telemetry/admin'
import { createCallers } from './callers.ts'
import type { AuthorizerConfig } from './config.ts'
import { createFlights } from './flights.ts'
import { createPlanner } from './plan.ts'
import type { Report } from './report.ts'
import { createRules } from './rules.ts'
import { createWithdrawals } from './withdrawals.ts'

/** What the adapters are opened with. */
export type AdapterDeps = {
  readonly config: AuthorizerConfig
  readonly programme: Programme
  readonly bus: Bus
  readonly readSecret: SecretReader
  /** Why the process that this runs in wants no work yet; nothing when it does. */
  readonly hold?: () => string | undefined
}

/** How long PostgreSQL may keep us waiting, so that a hanging one still leaves time to say so. */
const DATABASE_LIMITS = { acquireTimeoutMs: 100, statementTimeoutMs: 2_000, lockTimeoutMs: 150 }

const MAX_BATCH = 128
const MAX_QUEUED = 4_096
const CARDS_REMEMBERED = 50_000

/** The clocks of the whole service. */
export const now = Date.now
export const monotonicNow = performance.now.bind(performance)

/** Everything that the calls are joined from. */
export type Adapters = ReturnType<typeof openAdapters>

/** Opens the adapters; none of them has asked anything of the outside yet. */
export function openAdapters(deps: AdapterDeps, report: Report) {
  const { config, programme, bus, readSecret } = deps
  const publicUrls = config.PUBLIC_URLS?.split(',') ?? []
  const postgres = createPostgres({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    ...DATABASE_LIMITS,
    applicationName: 'authorizer',
    onFault: report.databaseFault,
  })
  const records = createAuthorizationRecords({
    postgres,
    maxBatch: MAX_BATCH,
    maxQueued: MAX_QUEUED,
    observe: report.batch,
  })
  const callers = createCallers({ programme, readSecret, publicUrls: () => publicUrls, now })
  const withdrawals = createWithdrawals({
    records,
    codesOf: callers.codesOf,
    monotonicNow,
    onWithdrawn: report.withdrawn,
  })
  const flights = createFlights({
    limit: config.MESSAGES_UNDER_WAY_MAX,
    monotonicNow,
    newId: () => `aut_${randomUUIDv7()}` as AuthorizationId,
    withdraw: withdrawals.withdraw,
    forget: withdrawals.forget,
  })
  const mirror = createRateMirror({
    bus,
    exchanges: programme.exchanges.map((exchange) => exchange.id),
    onFault: report.mirrorFault,
  })
  const rates = { mirror, maximumAgeMs: programme.ratePolicy.maximumAgeMs, now }
  const newQuoteId = () => `qte_${randomUUIDv7()}` as QuoteId
  const quotes = createQuotes({ ...rates, newQuoteId })
  const rails = createRails(programme.exchanges, { readSecret, now, observe: report.exchangeCall })
  const holds = createHolds({
    postgres,
    maxQueued: MAX_QUEUED,
    // What a rail that has left the programme once moved is still owed, to the last minor unit.
    stepOf: (exchange, rail, asset) => rails.railFor(exchange, rail)?.stepOf(asset) ?? 1n,
    journalsOf: holdJournals,
    approvalCodeOf: toApprovalCode,
  })
  const rules = createRules(programme, ({ exchange, rail }) => rails.railFor(exchange, rail))
  return {
    programme,
    publicUrls,
    report,
    postgres,
    records,
    holds,
    lists: createAuthorizationLists({ postgres }),
    callers,
    withdrawals,
    flights,
    mirror,
    quotes,
    spendable: createSpendable(rates),
    quoteCredit: createCreditQuotes(rates),
    rails,
    rules,
    cards: createCards({ postgres, remembered: CARDS_REMEMBERED, now }),
    plan: createPlanner(rules, quotes),
    readiness: (): Readiness => readinessOf({ postgres, mirror, quotes }, deps.hold?.()),
  }
}

function readinessOf(
  { postgres, mirror, quotes }: Pick<Adapters, 'postgres' | 'mirror' | 'quotes'>,
  held: string | undefined,
): Readiness {
  const hasFreshRate = quotes.listRates(now()).some((rate) => rate.state === 'safe')
  const reasons = [
    ...(postgres.isReachable() ? [] : ['PostgreSQL is not reachable']),
    ...(mirror.isLive() ? [] : ['the rate bus is not connected']),
    ...(hasFreshRate ? [] : ['no fresh rate']),
    ...(held === undefined ? [] : [held]),
  ]
  return { ready: reasons.length === 0, reasons }
}
