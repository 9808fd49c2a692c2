import { randomUUIDv7 } from 'node:crypto'
import { createHolds } from '@tolem/authorizations/holds'
import { createAuthorizationRecords } from '@tolem/authorizations/records'
import { createCards } from '@tolem/cards'
import type { SecretReader } from '@tolem/config/secrets'
import { toApprovalCode } from '@tolem/domain/approval-code'
import { exchangeSlice } from '@tolem/domain/deadline'
import type { AuthorizationId, QuoteId, ReversalId } from '@tolem/domain/ids'
import { createRails } from '@tolem/exchanges/compose'
import { holdJournals } from '@tolem/ledger/holds'
import { createPostgres } from '@tolem/postgres/pool'
import type { Programme } from '@tolem/programme/schema'
import { createRateMirror } from '@tolem/quotes/mirror'
import { createQuotes } from '@tolem/quotes/quotes'
import type { Bus } from '@tolem/redis/bus'
import { createAdminServer, type Readiness } from '@tolem/telemetry/admin'
import type { Logger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import { parseAuthorization } from '@tolem/wire/request'
import { parseReversal } from '@tolem/wire/reversal'
import { createAwaitOther } from './await-other.ts'
import { createBalance } from './balance.ts'
import { createCallers } from './callers.ts'
import type { AuthorizerConfig } from './config.ts'
import { addDocumentation } from './documentation.ts'
import { createFlights } from './flights.ts'
import { inTime } from './in-time.ts'
import { openDatabase } from './open-database.ts'
import { createPlanner } from './plan.ts'
import { createReport, type Report } from './report.ts'
import { createRules } from './rules.ts'
import { createServer, type ServerPorts } from './server.ts'
import { createWithdrawals } from './withdrawals.ts'

/** A running authorizer. */
export type Authorizer = {
  /** Listens, and gives the addresses. */
  start(): Promise<{ readonly url: string; readonly adminUrl: string }>
  /** Takes no new work, lets what is under way finish, and frees everything. */
  close(): Promise<void>
}

export type AuthorizerDeps = {
  readonly config: AuthorizerConfig
  readonly programme: Programme
  readonly bus: Bus
  readonly logger: Logger
  readonly readSecret: SecretReader
  /** Why the process that this runs in wants no work yet; nothing when it does. */
  readonly hold?: () => string | undefined
}

/** How long PostgreSQL may keep us waiting, so that a hanging one still leaves time to say so. */
const DATABASE_LIMITS = { acquireTimeoutMs: 100, statementTimeoutMs: 2_000, lockTimeoutMs: 150 }

const MAX_BATCH = 128
const MAX_QUEUED = 4_096
const CARDS_REMEMBERED = 50_000

/** Joins the adapters into the path. The only place that knows them all. */
export function composeAuthorizer(deps: AuthorizerDeps): Authorizer {
  const { config } = deps
  const metrics = createMetrics('authorizer')
  const adapters = openAdapters(deps, createReport({ metrics, logger: deps.logger }))
  const { postgres, records, cards, mirror, rails, flights, publicUrls } = adapters
  const server = createServer(toServerPorts(adapters))
  const admin = createAdminServer({ metrics, readiness: adapters.readiness })

  return {
    async start() {
      await openDatabase(postgres, config.DATABASE_POOL_SIZE)
      await cards.start()
      await mirror.start()
      const { responseCodes } = deps.programme
      if (config.DOCUMENTATION)
        await addDocumentation(server, { serverUrl: publicUrls[0] ?? '/', responseCodes })
      const url = await server.listen({ host: config.HOST, port: config.PORT })
      if (publicUrls.length === 0) publicUrls.push(url, url.replace('127.0.0.1', 'localhost'))
      const adminUrl = await admin.listen({ host: config.ADMIN_HOST, port: config.ADMIN_PORT })
      return { url, adminUrl }
    },
    async close() {
      await server.close()
      await flights.settled()
      await Promise.all([records.close(), adapters.holds.close()])
      await Promise.all([mirror.close(), cards.close(), rails.close(), admin.close()])
      await postgres.close()
    },
  }
}

const now = Date.now
const monotonicNow = performance.now.bind(performance)

type Adapters = ReturnType<typeof openAdapters>

function openAdapters(deps: AuthorizerDeps, report: Report) {
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
  const { maximumAgeMs } = programme.ratePolicy
  const newQuoteId = () => `qte_${randomUUIDv7()}` as QuoteId
  const quotes = createQuotes({ mirror, maximumAgeMs, now, newQuoteId })
  const rails = createRails(programme.exchanges, { readSecret, now, observe: report.exchangeCall })
  const holds = createHolds({
    postgres,
    maxQueued: MAX_QUEUED,
    stepOf: (exchange, rail, asset) => rails.railFor(exchange, rail)?.stepOf(asset) ?? 1n,
    journalsOf: holdJournals,
    approvalCodeOf: toApprovalCode,
  })
  const rules = createRules(programme, ({ exchange, rail }) => rails.railFor(exchange, rail))
  return {
    publicUrls,
    maximumAgeMs,
    report,
    postgres,
    records,
    callers,
    withdrawals,
    flights,
    mirror,
    quotes,
    rails,
    holds,
    cards: createCards({ postgres, remembered: CARDS_REMEMBERED, now }),
    plan: createPlanner(rules, quotes),
    readiness: (): Readiness => readinessOf({ postgres, mirror, quotes }, deps.hold?.()),
  }
}

function toServerPorts(adapters: Adapters): ServerPorts {
  const { callers, records, cards, rails, quotes, flights, withdrawals, report, plan } = adapters
  return {
    verify: callers.verify,
    parse: parseAuthorization,
    answerOnce: flights.answerOnce,
    findOriginal: async ({ bank, original }) => original && records.findOriginal(bank, original),
    findCard: ({ bank, cardToken }) => cards.find(bank, cardToken),
    dropCard: ({ bank, cardToken }) => cards.drop(bank, cardToken),
    plan: (input) => plan({ ...input, now: now() }),
    accept: records.accept,
    awaitOther: createAwaitOther({ records, monotonicNow }),
    async debit(order, deadline) {
      const timeoutMs = exchangeSlice(deadline, monotonicNow())
      const rail = rails.railFor(order.wallet.exchange, order.wallet.rail)
      return rail && timeoutMs > 0 ? rail.debit(order, { timeoutMs }) : NOT_SENT
    },
    balance: createBalance({ railFor: rails.railFor, monotonicNow }),
    fallBack: records.fallBack,
    conclude: withdrawals.conclude,
    parseReversal,
    newReversalId: () => `rev_${randomUUIDv7()}` as ReversalId,
    reverse: adapters.holds.reverse,
    inTime: (work, deadline) => inTime(work, deadline, monotonicNow()),
    putCard: cards.put,
    hasWallet: ({ exchange, rail }) => rails.railFor(exchange, rail) !== undefined,
    findAuthorization: records.find,
    listRates: () => quotes.listRates(now()),
    maximumAgeMs: adapters.maximumAgeMs,
    now,
    monotonicNow,
    readiness: adapters.readiness,
    onAuthorization: report.authorization,
    onMistake: report.mistake,
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

const NOT_SENT = {
  kind: 'rejected',
  reason: 'deadline_exceeded',
  detail: 'not sent: too little of the budget was left',
} as const
