import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DemoBank, DemoFile } from '@tolem/client/demo-file'
import { ensureDatabase, startEmbeddedPostgres } from '@tolem/postgres/embedded'
import { migrate } from '@tolem/postgres/migrate'
import { createSandbox } from '../support/sandbox.ts'
import { makeHome } from './house.ts'
import { createService, findFreePort, type Server, type Service } from './service.ts'

/** Tolem as in a real deployment, each service a process of its own, with a PostgreSQL and a sandbox of the test's. */
export type Parts = {
  readonly demo: DemoFile
  readonly databaseUrl: string
  readonly postgres: Server
  readonly authorizer: Service
  readonly settlement: Service
  readonly rates: Service
  /** Another settlement on the same database, not yet started. */
  readonly anotherSettlement: () => Promise<Service>
  /** Another authorizer on the same database, not yet started, and the address of its bank API. */
  readonly anotherAuthorizer: () => Promise<{ readonly service: Service; readonly url: string }>
  readonly close: () => Promise<void>
}

const ROOT = join(import.meta.dirname, '..', '..')
const PILOT = join(ROOT, 'packages', 'programme', 'pilot.json')

/** Nothing of the sandbox comes later than this, so that a test need not wait half a minute for a doubt to end. */
const NOT_FOUND_IS_FINAL_AFTER_MS = 3_000

/**
 * Starts everything; `redisUrl` is the bus between rates and the authorizer, `responseBudgetMs` what every bank gives
 * us instead of the pilot's second.
 */
export async function startParts(redisUrl: string, responseBudgetMs?: number): Promise<Parts> {
  const home = await makeHome()
  const undo: (() => Promise<unknown>)[] = [() => rm(home, { recursive: true, force: true })]
  const close = async () => {
    for (const step of undo.splice(0).toReversed()) await step()
  }
  try {
    return await build({ home, undo, close, redisUrl, responseBudgetMs })
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
  readonly responseBudgetMs: number | undefined
}): Promise<Parts> {
  const { home, undo, close, redisUrl, responseBudgetMs } = site
  const postgres = await startPostgres(join(home, 'postgres'))
  undo.push(postgres.stop)
  const databaseUrl = await ensureDatabase(postgres.url, 'tolem')
  await migrate({ url: databaseUrl, directory: join(ROOT, 'migrations') })

  const start = async (service: Service): Promise<Service> => {
    undo.push(() => service.stop('SIGKILL'))
    await service.start()
    return service
  }
  const sandboxUrl = await startSandbox(start)
  const programmeFile = join(home, 'programme.json')
  const { banks, secrets } = await writeProgramme(programmeFile, {
    sandboxUrl,
    responseBudgetMs,
  })
  await openCredentials(sandboxUrl, secrets)

  const common = {
    PROGRAMME_FILE: programmeFile,
    DATABASE_URL: databaseUrl,
    REDIS_URL: redisUrl,
    LOG_LEVEL: 'warn',
    DOCUMENTATION: 'false',
    ...secrets,
  }
  const rates = await start(await aService('rates', common))
  const anotherSettlement = () => aService('settlement', common)
  const settlement = await start(await anotherSettlement())
  const anotherAuthorizer = async () => {
    const port = String(await findFreePort())
    const service = await aService('authorizer', { ...common, PORT: port })
    return { service, url: `http://127.0.0.1:${port}` }
  }
  const { service, url } = await anotherAuthorizer()
  const authorizer = await start(service)
  const demo = { url, sandboxUrl, banks }
  const others = { anotherSettlement, anotherAuthorizer }
  return { demo, databaseUrl, postgres, authorizer, settlement, rates, ...others, close }
}

/** A PostgreSQL of the test's own. By TCP, because the directory of its socket is another one after each start. */
export async function startPostgres(directory: string): Promise<Server> {
  const port = await findFreePort()
  const launch = () => startEmbeddedPostgres({ directory, durable: false, port })
  let server = await launch()
  return {
    url: server.tcpUrl,
    stop: () => server.stop(),
    start: async () => {
      server = await launch()
    },
  }
}

async function startSandbox(start: (service: Service) => Promise<Service>): Promise<string> {
  const [port, adminPort] = [await findFreePort(), await findFreePort()]
  const service = createService({
    main: 'services/exchange-sandbox/src/main.ts',
    readyUrl: `http://127.0.0.1:${adminPort}/readyz`,
    environment: {
      SANDBOX_PORT: String(port),
      SANDBOX_ADMIN_PORT: String(adminPort),
      SANDBOX_LOG_LEVEL: 'warn',
      SANDBOX_BINANCE_UID_WEIGHT_PER_MINUTE: '18000000',
      SANDBOX_BYBIT_PAY_PER_AGREEMENT_PER_SECOND: '1000',
    },
  })
  await start(service)
  return `http://127.0.0.1:${port}`
}

async function aService(
  name: 'rates' | 'settlement' | 'authorizer',
  environment: Readonly<Record<string, string>>,
): Promise<Service> {
  const adminPort = String(await findFreePort())
  return createService({
    main: `services/${name}/src/main.ts`,
    // Rates are ready as soon as one is safe; the others once they can do their work.
    readyUrl: `http://127.0.0.1:${adminPort}/readyz`,
    environment: { ...environment, ADMIN_PORT: adminPort },
  })
}

type Pilot = {
  readonly banks: readonly {
    readonly id: string
    readonly name: string
    readonly keys: readonly [
      {
        readonly keyId: string
        readonly algorithm: DemoBank['algorithm']
        readonly secret: string
      },
    ]
  }[]
  readonly exchanges: readonly {
    readonly rails: readonly object[]
    readonly limits: object
    readonly feed: { readonly webSocket: string }
  }[]
}

/** The pilot's programme with the sandbox for its exchanges, and secrets for all that it refers to. */
async function writeProgramme(
  file: string,
  {
    sandboxUrl,
    responseBudgetMs,
  }: { readonly sandboxUrl: string; readonly responseBudgetMs: number | undefined },
) {
  const pilot: Pilot = JSON.parse(await readFile(PILOT, 'utf8'))
  const exchanges = pilot.exchanges.map((exchange) => ({
    ...exchange,
    rails: exchange.rails.map((rail) => ({
      ...rail,
      host: sandboxUrl,
      notFoundIsFinalAfterMs: NOT_FOUND_IS_FINAL_AFTER_MS,
    })),
    limits: { concurrentCalls: 256, debitsPerSecond: 5_000, lookUpsPerSecond: 5_000 },
    feed: {
      ...exchange.feed,
      webSocket:
        sandboxUrl.replace(/^http/, 'ws') +
        new URL(exchange.feed.webSocket).pathname.replace(/\/$/, ''),
    },
  }))
  // Without a budget of its own a bank keeps the pilot's.
  const written = pilot.banks.map((bank) => ({
    ...bank,
    ...(responseBudgetMs && { responseBudgetMs }),
  }))
  await writeFile(file, JSON.stringify({ ...pilot, banks: written, exchanges }))
  const secrets: Record<string, string> = {}
  for (const name of ['BYBIT_API_KEY', 'BYBIT_API_SECRET', 'BINANCE_API_KEY', 'BINANCE_API_SECRET'])
    secrets[name] = randomBytes(24).toString('hex')
  const banks = pilot.banks.map(({ id, name, keys: [key] }): DemoBank => {
    const { keyId, algorithm, secret } = key
    const made = makeKey(algorithm)
    secrets[secret.slice('env:'.length)] = made.verifying
    return { id, name, keyId, algorithm, key: made.signing, cards: [] }
  })
  return { banks, secrets }
}

function makeKey(algorithm: DemoBank['algorithm']): { verifying: string; signing: string } {
  if (algorithm === 'hmac-sha256') {
    const secret = randomBytes(32).toString('base64')
    return { verifying: secret, signing: secret }
  }
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  return {
    verifying: publicKey.export({ type: 'spki', format: 'pem' }),
    signing: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }
}

async function openCredentials(
  sandboxUrl: string,
  secrets: Readonly<Record<string, string>>,
): Promise<void> {
  for (const exchange of ['bybit', 'binance'])
    await createSandbox(sandboxUrl).putCredentials({
      exchange,
      apiKey: secrets[`${exchange.toUpperCase()}_API_KEY`],
      secret: secrets[`${exchange.toUpperCase()}_API_SECRET`],
    })
}
