import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DemoFile } from '@tolem/client/demo-file'
import { ensureDatabase, startEmbeddedPostgres } from '@tolem/postgres/embedded'
import { migrate } from '@tolem/postgres/migrate'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { postgresAt } from '../support/tcp-proxy-postgres.ts'
import { makeHome } from './house.ts'
import { ACCOUNT_WEIGHT, openCredentials, writeProgramme } from './parts-programme.ts'
import {
  createService,
  type Environment,
  findFreePort,
  type Launch,
  type Server,
  type Service,
} from './service.ts'

/** Tolem as in a real deployment, each service a process of its own, with a PostgreSQL and a sandbox of the test's. */
export type Parts = {
  readonly demo: DemoFile
  readonly databaseUrl: string
  /** What every service of ours is told. */
  readonly environment: Environment
  readonly postgres: PostgresServer
  readonly authorizer: Service
  readonly settlement: Service
  readonly rates: Service
  readonly sandbox: Service
  /** Another settlement on the same database, not yet started. */
  readonly anotherSettlement: (how?: Launch) => Promise<Service>
  /** Another authorizer on the same database, not yet started, and the address of its bank API. */
  readonly anotherAuthorizer: (
    how?: Launch,
  ) => Promise<{ readonly service: Service; readonly url: string }>
  /** Where they were asked for. */
  readonly wires: Wires | undefined
  readonly close: () => Promise<void>
}

/** The ways on which authorizer and settlement reach what they stand on; rates go straight. */
export type Wires = {
  readonly postgres: TcpProxy
  readonly redis: TcpProxy
  /** Debits, credits, look-ups and conversions of all rails. */
  readonly exchanges: TcpProxy
}

/** A PostgreSQL that a test may kill as well as stop. */
export type PostgresServer = Server & {
  /** Of the postmaster. */
  readonly pid: () => number
  /** Its data. */
  readonly directory: string
}

/** What one deployment has of its own. */
export type PartsOptions = {
  /** What every bank gives us instead of the pilot's second. */
  readonly responseBudgetMs?: number | undefined
  /** Puts a proxy into every way, see {@link Wires}. */
  readonly wired?: boolean
  /** A commit survives a kill of the server. Slower. */
  readonly durable?: boolean
  /** More of the environment of authorizers and settlements. */
  readonly environment?: Environment
  /** Of every exchange in the programme. */
  readonly exchange?: object
  /** Of every rail; see parts-programme.ts for what it is otherwise. */
  readonly notFoundIsFinalAfterMs?: number
}

const ROOT = join(import.meta.dirname, '..', '..')

/** Starts everything; `redisUrl` is the bus between rates and the authorizer. */
export async function startParts(redisUrl: string, options: PartsOptions = {}): Promise<Parts> {
  const home = await makeHome()
  const undo: (() => Promise<unknown>)[] = [() => rm(home, { recursive: true, force: true })]
  const close = async () => {
    for (const step of undo.splice(0).toReversed()) await step()
  }
  try {
    return await build({ home, undo, close, redisUrl, options })
  } catch (error) {
    await close()
    throw error
  }
}

async function build(site: {
  readonly home: string
  readonly undo: (() => Promise<unknown>)[]
  readonly close: () => Promise<void>
  readonly redisUrl: string
  readonly options: PartsOptions
}): Promise<Parts> {
  const { home, undo, close, redisUrl, options } = site
  const openDatabase = async () => {
    const postgres = await startPostgres(join(home, 'postgres'), options.durable)
    undo.push(postgres.stop)
    const databaseUrl = await ensureDatabase(postgres.url, 'tolem')
    await migrate({ url: databaseUrl, directory: join(ROOT, 'migrations') })
    return { postgres, databaseUrl }
  }
  const start = async (service: Service): Promise<Service> => {
    undo.push(() => service.stop('SIGKILL'))
    await service.start()
    return service
  }
  const [{ postgres, databaseUrl }, { sandbox, sandboxUrl }] = await together(
    openDatabase(),
    startSandbox(start),
  )
  const programmeFile = join(home, 'programme.json')
  const wires = options.wired ? await layWires({ databaseUrl, redisUrl, sandboxUrl }) : undefined
  undo.push(async () => {
    for (const wire of Object.values(wires ?? {})) await Promise.resolve(wire.close())
  })
  const { banks, secrets } = await writeProgramme(programmeFile, {
    sandboxUrl,
    railsUrl: wires?.exchanges.through(sandboxUrl).replace(/\/$/, '') ?? sandboxUrl,
    responseBudgetMs: options.responseBudgetMs,
    exchange: options.exchange,
    notFoundIsFinalAfterMs: options.notFoundIsFinalAfterMs,
  })
  await openCredentials(sandboxUrl, secrets)

  const straight = {
    PROGRAMME_FILE: programmeFile,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    LOG_LEVEL: 'warn',
    DOCUMENTATION: 'false',
    // No balancer looks here.
    DRAIN_DELAY_MS: '0',
    ...secrets,
  }
  const common = {
    ...straight,
    ...(wires && {
      DATABASE_URL: wires.postgres.through(databaseUrl),
      REDIS_URL: wires.redis.through(redisUrl),
    }),
    ...options.environment,
  }
  // A test that fails does not stop them.
  const tied = (service: Service): Service => {
    undo.push(() => service.stop('SIGKILL'))
    return service
  }
  const anotherSettlement = async (how?: Launch) => tied(await aService('settlement', common, how))
  const anotherAuthorizer = async (how?: Launch) => {
    const port = String(await findFreePort())
    const service = tied(await aService('authorizer', { ...common, PORT: port }, how))
    return { service, url: `http://127.0.0.1:${port}` }
  }
  const { service, url } = await anotherAuthorizer()
  const [rates, settlement] = [await aService('rates', straight), await anotherSettlement()]
  await together(start(rates), start(settlement), start(service))
  const demo = { url, sandboxUrl, banks }
  const others = { rates, sandbox, anotherSettlement, anotherAuthorizer, wires, close }
  const environment: Environment = common
  return { demo, databaseUrl, environment, postgres, authorizer: service, settlement, ...others }
}

/** What is started together is also waited for together where one of them fails: so that it can be stopped. */
async function together<Started extends readonly unknown[]>(
  ...starting: { readonly [Each in keyof Started]: Promise<Started[Each]> }
): Promise<Started> {
  await Promise.allSettled(starting)
  return Promise.all(starting)
}

/** A PostgreSQL of the test's own. By TCP, because the directory of its socket is another one after each start. */
export async function startPostgres(directory: string, durable = false): Promise<PostgresServer> {
  const port = await findFreePort()
  const launch = () => startEmbeddedPostgres({ directory, durable, port })
  let server = await launch()
  const data = join(directory, 'data')
  return {
    url: server.tcpUrl,
    directory: data,
    pid: () => Number.parseInt(readFileSync(join(data, 'postmaster.pid'), 'utf8'), 10),
    stop: () => server.stop(),
    start: async () => {
      server = await launch()
    },
  }
}

async function layWires(urls: {
  readonly databaseUrl: string
  readonly redisUrl: string
  readonly sandboxUrl: string
}): Promise<Wires> {
  const straightTo = (url: string) => ({
    host: new URL(url).hostname,
    port: Number(new URL(url).port),
  })
  return {
    postgres: await startTcpProxy(postgresAt(urls.databaseUrl)),
    redis: await startTcpProxy(straightTo(urls.redisUrl)),
    exchanges: await startTcpProxy(straightTo(urls.sandboxUrl)),
  }
}

async function startSandbox(start: (service: Service) => Promise<Service>) {
  const [port, adminPort] = [await findFreePort(), await findFreePort()]
  const service = createService({
    main: 'services/exchange-sandbox/src/main.ts',
    readyUrl: `http://127.0.0.1:${adminPort}/readyz`,
    environment: {
      SANDBOX_PORT: String(port),
      SANDBOX_ADMIN_PORT: String(adminPort),
      SANDBOX_LOG_LEVEL: 'warn',
      SANDBOX_BINANCE_UID_WEIGHT_PER_MINUTE: String(ACCOUNT_WEIGHT),
      SANDBOX_BYBIT_PAY_PER_AGREEMENT_PER_SECOND: '1000',
      SANDBOX_BYBIT_TRANSFER_PER_SECOND: '1000',
      SANDBOX_BYBIT_TRANSFER_LIST_PER_SECOND: '1000',
    },
  })
  await start(service)
  return { sandbox: service, sandboxUrl: `http://127.0.0.1:${port}` }
}

async function aService(
  name: 'rates' | 'settlement' | 'authorizer',
  environment: Readonly<Record<string, string>>,
  how: Launch = {},
): Promise<Service> {
  const adminPort = String(await findFreePort())
  return createService({
    ...how,
    main: `services/${name}/src/main.ts`,
    readyUrl: `http://127.0.0.1:${adminPort}/readyz`,
    // Rates are ready as soon as one is safe; a test may buy with any, and a book's first price takes a second.
    lacks: (reason) => reason.startsWith('no safe rate'),
    // Nobody sends notices here, and each settlement would listen for them.
    environment: { ...environment, ADMIN_PORT: adminPort, NOTICES_PORT: '0' },
  })
}
