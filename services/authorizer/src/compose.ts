import { setTimeout as wait } from 'node:timers/promises'
import { startRails } from '@tolem/exchanges/key-check'
import { meterStandings } from '@tolem/exchanges/standing-meters'
import { openDatabase } from '@tolem/postgres/open-database'
import { createAdminServer, type Readiness } from '@tolem/telemetry/admin'
import { type ClosingPart, closeInOrder } from '@tolem/telemetry/closing'
import type { Logger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import type { FastifyInstance } from 'fastify'
import { type AdapterDeps, type Adapters, now, openAdapters } from './adapters.ts'
import { meterAdmission } from './admission/meter-admission.ts'
import { createCallReport } from './call-report.ts'
import { crashAfterAnswers } from './crashing.ts'
import { addDocumentation } from './documentation.ts'
import { connectionsThatFit } from './open-files.ts'
import { createReport } from './report.ts'
import { createServer } from './server.ts'
import { toServerPorts } from './server-ports.ts'

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
  const { postgres, cards, mirror, rails, publicUrls } = adapters
  const standings = meterStandings(rails, { metrics, now })
  let isClosing = false
  const readiness = (): Readiness => {
    const { ready, reasons } = adapters.readiness()
    return isClosing ? { ready: false, reasons: ['closing', ...reasons] } : { ready, reasons }
  }
  const onCall = createCallReport({ metrics, logger })
  const server = createServer({
    ...toServerPorts(adapters, onCall),
    mostConnections: fittingConnections(config.CONNECTIONS_MAX, logger),
    isDraining: () => isClosing,
    readiness,
  })
  crashAfterAnswers(server)
  const admin = createAdminServer({ metrics, readiness })
  const meter = meterAdmission(adapters.admission, metrics)

  return {
    async start() {
      await openDatabase(postgres, config.DATABASE_POOL_SIZE)
      await cards.start()
      await mirror.start()
      await startRails(rails, {
        exchanges: deps.programme.exchanges,
        isProduction: config.NODE_ENV === 'production',
        warn: (text) => logger.warn(text),
      })
      const { responseCodes } = deps.programme
      if (config.DOCUMENTATION)
        await addDocumentation(server, { serverUrl: publicUrls[0] ?? '/', responseCodes })
      const url = await server.listen({ host: config.HOST, port: config.PORT })
      if (publicUrls.length === 0) publicUrls.push(url, url.replace('127.0.0.1', 'localhost'))
      const adminUrl = await admin.listen({ host: config.ADMIN_HOST, port: config.ADMIN_PORT })
      return { url, adminUrl }
    },
    async close() {
      isClosing = true
      // Balancers see it, and meanwhile everybody is served.
      await wait(config.DRAIN_DELAY_MS)
      adapters.admission.shut()
      await closeInOrder(
        closingParts(adapters, { server, admin, meters: [standings, meter] }),
        logger,
      )
    },
  }
}

function fittingConnections(asked: number, logger: Logger): number {
  const connections = connectionsThatFit(asked)
  if (connections < asked)
    logger.warn({ connections, asked }, 'too few files may be open for CONNECTIONS_MAX (ulimit -n)')
  return connections
}

type Opened = {
  readonly server: FastifyInstance
  readonly admin: FastifyInstance
  readonly meters: readonly { close(): void }[]
}

/**
 * What is under way ends inside its own deadline, three seconds at most; where the database hangs its record is given
 * up, and settlement takes over. With the longest drain delay all of it is done after nine seconds.
 */
function closingParts(adapters: Adapters, { server, admin, meters }: Opened): ClosingPart[] {
  const { postgres, records, holds, lists, cards, mirror, rails, flights, admission } = adapters
  const under = (name: string, withinMs: number, close: ClosingPart['close']) => ({
    name,
    withinMs,
    close,
  })
  return [
    under('messages under way', 4_000, () => Promise.all([server.close(), flights.settled()])),
    under('connections', 100, async () => server.server.closeAllConnections()),
    under('records', 700, () => Promise.all([records.close(), holds.close(), lists.close()])),
    under('neighbours', 500, () => Promise.all([mirror.close(), cards.close(), rails.close()])),
    under('database', 400, () => postgres.close()),
    under('probes', 300, async () => {
      for (const meter of meters) meter.close()
      admission.close()
      await admin.close()
    }),
  ]
}
