import type { AddressInfo } from 'node:net'
import { createPostgres } from '@tolem/postgres/pool'
import { createAdminServer, type Readiness } from '@tolem/telemetry/admin'
import type { Logger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import type { FastifyInstance } from 'fastify'
import { createBinanceStream } from './binance/stream.ts'
import { createBinancePayNotices } from './binance-pay/notice-dialect.ts'
import { type Book, createBook } from './book.ts'
import { createBybitNotices } from './bybit/pay/notice-dialect.ts'
import { createBybitStream } from './bybit/stream.ts'
import { createCabinet } from './cabinet.ts'
import { type Clock, systemClock } from './clock.ts'
import { ASSETS, type Exchange, parseCoins, scaleOf } from './coins.ts'
import { type SandboxConfig, sandboxConfig } from './config.ts'
import { createCredentials } from './credentials.ts'
import { MASTER } from './entries.ts'
import { createFaults, type Fault } from './faults.ts'
import { createCourier } from './notices/courier.ts'
import { createSigningKeys } from './notices/signing-keys.ts'
import { createPostgresStore } from './postgres-store.ts'
import { createMarket } from './prices/market.ts'
import { createServer } from './server.ts'
import { createMemoryStore, type Store } from './store.ts'
import { addStreams } from './streams.ts'

/** All exchanges on the wire. `start` listens and gives both addresses; `close` ends every connection. */
export type ExchangeSandbox = {
  start(): Promise<{ readonly url: string; readonly adminUrl: string }>
  close(): Promise<void>
}

/** The programme's own accounts open with so much of each coin: credits must not fail for want of it. */
const MASTER_OPENING_COINS = '10000000'

/** Enough tenge to buy all of one coin's opening back. */
const MASTER_OPENING_TENGE = '10000000000'

/**
 * Joins the sandbox. `config` may leave out whatever should have its default; port 0 takes a free one. Nothing
 * listens, connects or ticks before `start`.
 */
export function composeExchangeSandbox(
  config: Partial<SandboxConfig>,
  deps: { logger: Logger; clock?: Clock },
): ExchangeSandbox {
  const settings = { ...sandboxConfig.parse({}), ...config }
  const clock = deps.clock ?? systemClock
  const closers: (() => Promise<void> | void)[] = []
  return {
    start: async () => {
      const store = await openStore(settings, clock, deps.logger)
      closers.push(() => store.close())
      const running = await join({ settings, clock, store, logger: deps.logger })
      closers.push(running.close)
      const url = await listen(running.server, settings, settings.SANDBOX_PORT)
      const adminUrl = await listen(running.admin, settings, settings.SANDBOX_ADMIN_PORT)
      deps.logger.info({ url, adminUrl }, 'exchange sandbox listens')
      return { url, adminUrl }
    },
    close: async () => {
      for (const close of closers.splice(0).toReversed()) await close()
    },
  }
}

async function openStore(settings: SandboxConfig, clock: Clock, logger: Logger): Promise<Store> {
  const url = settings.SANDBOX_DATABASE_URL
  if (url === undefined) return createMemoryStore()
  const postgres = createPostgres({
    url,
    // One connection writes, the other answers the control interface and the probe.
    poolSize: 2,
    acquireTimeoutMs: 5_000,
    // Reading back millions of operations at start takes seconds.
    statementTimeoutMs: 60_000,
    lockTimeoutMs: 5_000,
    applicationName: 'tolem exchange-sandbox',
    onFault: (error) => logger.warn({ error }, 'connection to PostgreSQL lost'),
  })
  const onFault = (error: unknown) => logger.error({ error }, 'the book could not be saved')
  return createPostgresStore({ postgres, clock, onFault })
}

async function join(parts: {
  settings: SandboxConfig
  clock: Clock
  store: Store
  logger: Logger
}) {
  const { settings, clock, store, logger } = parts
  const snapshot = await store.load()
  const faults = createFaults(settings.SANDBOX_SEED)
  const now = (exchange: Exchange) => clock.now() + faults.driftMs(exchange)
  const book = createBook({ snapshot, store, now })
  const cabinet = createCabinet(snapshot.documents, store)
  const signingKeys = createSigningKeys(cabinet)
  await openMaster(book, 'binance')
  await openMaster(book, 'bybit')
  await openMaster(book, 'partner')
  const credentials = createCredentials(snapshot.credentials, store)
  const market = createMarket({ seed: settings.SANDBOX_SEED, now: clock.now })
  const metrics = createMetrics('exchange-sandbox')
  const struck = metrics.counter('sandbox_faults_total', 'Calls struck by a fault', [
    'exchange',
    'kind',
  ])
  const operations = metrics.gauge('sandbox_operations', 'Operations in the book', [])
  const onFault = ({ exchange, kind }: Fault) => struck.inc({ exchange, kind })
  const onError = (error: unknown) => logger.error({ error }, 'a call failed')
  const dialects = {
    bybit: createBybitNotices(signingKeys, () => now('bybit')),
    binance: createBinancePayNotices(signingKeys, () => now('binance')),
  }
  const courier = createCourier({ cabinet, clock, now, faults, dialects, onFault, onError })
  const server = createServer({
    config: settings,
    book,
    cabinet,
    courier,
    signingKeys,
    credentials,
    faults,
    market,
    clock,
    onFault,
    onError,
  })
  const isFrozen = () => faults.arePricesFrozen('bybit')
  const bybit = createBybitStream({ market, clock, isFrozen })
  const streams = addStreams(server.server, { binance: createBinanceStream(market), bybit, clock })
  const stopPrices = clock.every(settings.SANDBOX_PRICE_INTERVAL_MS, () => {
    market.step(faults.arePricesFrozen)
    // Here because it is a beat: per call it would cost more than the book's own work.
    operations.set(book.operations().length)
  })
  const admin = createAdminServer({ metrics, readiness: () => readiness(store) })
  const close = async () => {
    stopPrices()
    courier.close()
    bybit.close()
    streams.close()
    await Promise.all([server.close(), admin.close()])
  }
  return { server, admin, close }
}

function readiness(store: Store): Readiness {
  if (store.isReachable()) return { ready: true, reasons: [] }
  return { ready: false, reasons: ['the database is not reachable'] }
}

async function openMaster(book: Book, exchange: Exchange): Promise<void> {
  if (book.wallet(exchange, MASTER) !== undefined) return
  const opening = ASSETS.map((asset): [string, bigint] => {
    const coins = asset === 'KZT' ? MASTER_OPENING_TENGE : MASTER_OPENING_COINS
    return [asset, parseCoins(coins, scaleOf(exchange, asset) ?? 0) ?? 0n]
  })
  await book.putWallet({ exchange, id: MASTER, balances: new Map(opening) })
}

async function listen(
  server: FastifyInstance,
  settings: SandboxConfig,
  port: number,
): Promise<string> {
  await server.listen({ host: settings.SANDBOX_HOST, port })
  const { address, port: bound } = server.server.address() as AddressInfo
  return `http://${address.includes(':') ? `[${address}]` : address}:${bound}`
}
