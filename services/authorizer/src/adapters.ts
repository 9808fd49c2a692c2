import { randomUUIDv7 } from 'node:crypto'
import { createHolds } from '@tolem/authorizations/holds'
import { createAuthorizationLists } from '@tolem/authorizations/lists'
import { createAuthorizationRecords } from '@tolem/authorizations/records'
import { createCards } from '@tolem/cards'
import { createMandates } from '@tolem/cards/mandates'
import type { SecretReader } from '@tolem/config/secrets'
import type { WalletLink } from '@tolem/domain/card'
import { toApprovalCode } from '@tolem/domain/decision'
import type { AuthorizationId, QuoteId } from '@tolem/domain/ids'
import { createRails, type RailSet } from '@tolem/exchanges/compose'
import { holdJournals } from '@tolem/ledger/holds'
import { createPostgres, type Postgres } from '@tolem/postgres/pool'
import type { Programme } from '@tolem/programme/schema'
import { createCreditQuotes } from '@tolem/quotes/credit'
import { createRateMirror } from '@tolem/quotes/mirror'
import { createQuotes, type Quotes } from '@tolem/quotes/quotes'
import { createSpendable } from '@tolem/quotes/spendable'
import type { Bus } from '@tolem/redis/bus'
import type { Readiness } from '@tolem/telemetry/admin'
import { type Admission, createAdmission, urgencyOf } from './admission/admission.ts'
import { type Callers, createCallers } from './callers.ts'
import type { AuthorizerConfig } from './config.ts'
import { createFlights } from './flights.ts'
import { createKnownBalances } from './known-balances.ts'
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
  /** What is already open, where that is not the database and the exchanges that the configuration names. */
  readonly opened?: { readonly postgres: Postgres; readonly rails: RailSet }
  /** How many cards and nonces memory has room for, where that is less than a service's. */
  readonly remembered?: { readonly cards: number; readonly nonces: number }
}

/** How long PostgreSQL may keep us waiting, so that a hanging one still leaves time to say so. */
const DATABASE_LIMITS = { acquireTimeoutMs: 100, statementTimeoutMs: 2_000, lockTimeoutMs: 150 }

const MAX_BATCH = 128
const MAX_QUEUED = 4_096

/** Of nonces twice the window at two thousand requests a second. Room for all of them is taken at the start. */
const REMEMBERED = { cards: 50_000, nonces: 250_000 }

/** The clocks of the whole service, looked up when they are read: a test may have put its own in their place since. */
export const now = () => Date.now()
export const monotonicNow = () => performance.now()

/** Everything that the calls are joined from. */
export type Adapters = ReturnType<typeof openAdapters>

/** Opens the adapters; none of them has asked anything of the outside yet. */
export function openAdapters(deps: AdapterDeps, report: Report) {
  const { config, programme, bus } = deps
  const publicUrls = config.PUBLIC_URLS?.split(',') ?? []
  const postgres = deps.opened?.postgres ?? openPostgres(config, report)
  const records = createAuthorizationRecords({
    postgres,
    maxBatch: MAX_BATCH,
    maxQueued: MAX_QUEUED,
    observe: report.batch,
  })
  const { callers, admission } = openDoor(deps, { publicUrls, waitedMs: records.waitedMs })
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
  const rails = deps.opened?.rails ?? openRails(deps, report)
  const holds = createHolds({
    postgres,
    maxQueued: MAX_QUEUED,
    // What a rail that has left the programme once moved is still owed, to the last minor unit.
    stepOf: (exchange, rail, asset) => rails.railFor(exchange, rail)?.stepOf(asset) ?? 1n,
    journalsOf: holdJournals,
    approvalCodeOf: toApprovalCode,
  })
  return {
    programme,
    publicUrls,
    report,
    postgres,
    records,
    holds,
    lists: createAuthorizationLists({ postgres }),
    callers,
    admission,
    withdrawals,
    flights,
    mirror,
    quotes,
    spendable: createSpendable(rates),
    quoteCredit: createCreditQuotes(rates),
    rails,
    ...openPlanning(deps, { rails, quotes }),
    cards: createCards({ postgres, remembered: (deps.remembered ?? REMEMBERED).cards, now }),
    mandates: createMandates(postgres),
    readiness: (): Readiness => readinessOf({ postgres, mirror, quotes }, deps.hold?.()),
  }
}

/** Who comes in: verifies senders, and turns away what there is no room for. */
function openDoor(
  { programme, readSecret, config, remembered = REMEMBERED }: AdapterDeps,
  parts: { readonly publicUrls: readonly string[]; readonly waitedMs: () => number },
): { readonly callers: Callers; readonly admission: Admission } {
  const callers = createCallers({
    programme,
    readSecret,
    publicUrls: () => parts.publicUrls,
    now,
    rememberedNonces: remembered.nonces,
    admit: (bank, { path }) => admission.take(bank, urgencyOf(path)),
  })
  const admission = createAdmission({
    ceiling: config.MESSAGES_UNDER_WAY_MAX,
    floor: MAX_BATCH,
    longestBudgetMs: Math.max(...programme.banks.map((bank) => bank.responseBudgetMs)),
    bankOfKey: callers.bankOfKey,
    waitedMs: parts.waitedMs,
    monotonicNow,
  })
  return { callers, admission }
}

function openPostgres(config: AuthorizerConfig, report: Report): Postgres {
  return createPostgres({
    url: config.DATABASE_URL,
    poolSize: config.DATABASE_POOL_SIZE,
    ...DATABASE_LIMITS,
    applicationName: 'authorizer',
    onFault: report.databaseFault,
  })
}

function openRails({ programme, readSecret, bus }: AdapterDeps, report: Report): RailSet {
  const { exchangeCall: observe, busFault: onBusFault } = report
  return createRails(programme.exchanges, { readSecret, now, observe, bus, onBusFault })
}

/** What plans are made with, and makes them. */
function openPlanning(
  { config, programme }: AdapterDeps,
  { rails, quotes }: { readonly rails: RailSet; readonly quotes: Quotes },
) {
  const railFor = ({ exchange, rail }: WalletLink) => rails.railFor(exchange, rail)
  const isClosed = ({ exchange, rail }: WalletLink) => rails.isClosed(exchange, rail)
  const rules = createRules(programme, railFor)
  const maximumAgeMs = config.BALANCE_AGE_MAX_MS
  const balances = createKnownBalances({ railFor, maximumAgeMs, monotonicNow })
  return { rules, balances, plan: createPlanner({ rules, quotes, balances, isClosed }) }
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
