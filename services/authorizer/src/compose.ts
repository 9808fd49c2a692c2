import { exchangeSlice } from '@tolem/domain/deadline'
import { createAdminServer } from '@tolem/telemetry/admin'
import type { Logger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import { parseAuthorization, parseIncrement } from '@tolem/wire/request'
import { type AdapterDeps, type Adapters, monotonicNow, now, openAdapters } from './adapters.ts'
import type { AuthorizePorts } from './authorize.ts'
import { createAwaitOther } from './await-other.ts'
import { createBalance } from './balance.ts'
import { type CallReport, createCallReport } from './call-report.ts'
import { addDocumentation } from './documentation.ts'
import { openDatabase } from './open-database.ts'
import { createReport } from './report.ts'
import { toRoutes } from './routes.ts'
import { createServer, type ServerPorts } from './server.ts'

/** A running authorizer. */
export type Authorizer = {
  /** Listens, and gives the addresses. */
  start(): Promise<{ readonly url: string; readonly adminUrl: string }>
  /** Takes no new work, lets what is under way finish, and frees everything. */
  close(): Promise<void>
}

export type AuthorizerDeps = AdapterDeps & { readonly logger: Logger }

/** Joins the adapters into the path. The only place that knows them all. */
export function composeAuthorizer(deps: AuthorizerDeps): Authorizer {
  const { config, logger } = deps
  const metrics = createMetrics('authorizer')
  const adapters = openAdapters(deps, createReport({ metrics, logger }))
  const { postgres, records, holds, lists, cards, mirror, rails, flights, publicUrls } = adapters
  const server = createServer(toServerPorts(adapters, createCallReport({ metrics, logger })))
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
      await Promise.all([records.close(), holds.close(), lists.close()])
      await Promise.all([mirror.close(), cards.close(), rails.close(), admin.close()])
      await postgres.close()
    },
  }
}

function toServerPorts(adapters: Adapters, onCall: CallReport): ServerPorts {
  const { callers, report } = adapters
  const authorize = toAuthorizePorts(adapters)
  return {
    authorize,
    increment: { ...authorize, parse: parseIncrement },
    routes: toRoutes(adapters),
    verify: callers.verify,
    now,
    monotonicNow,
    readiness: adapters.readiness,
    onAuthorization: report.authorization,
    onCall,
    onMistake: report.mistake,
  }
}

function toAuthorizePorts(adapters: Adapters): AuthorizePorts {
  const { callers, records, cards, rails, flights, withdrawals, plan } = adapters
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
  }
}

const NOT_SENT = {
  kind: 'rejected',
  reason: 'deadline_exceeded',
  detail: 'not sent: too little of the budget was left',
} as const
