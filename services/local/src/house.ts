import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { composeAuthorizer } from '@tolem/authorizer/compose'
import { authorizerConfig } from '@tolem/authorizer/config'
import { type Environment, readConfig } from '@tolem/config/read-config'
import { createSecretReader, type SecretReader } from '@tolem/config/secrets'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import type { Programme } from '@tolem/programme/schema'
import { type Bus, createLocalBus, createRedisBus } from '@tolem/redis/bus'
import type { Builder } from './builder.ts'
import type { LocalConfig } from './config.ts'
import { openDatabases } from './databases.ts'
import { type DemoSecrets, keepDemoSecrets } from './demo-secrets.ts'
import { startRates, startSettlement } from './followers.ts'
import { openNotices } from './notices.ts'
import { startSandbox } from './sandbox.ts'
import { readNoticeKey, tellNoticeUrl } from './sandbox-control.ts'
import { NOTICE_KEY, pointToSandbox } from './sandbox-programme.ts'

/** The whole of Tolem, running in this process. */
export type House = {
  readonly url: string
  readonly adminUrl: string
  /** Absent when a programme of one's own names the exchanges. */
  readonly sandboxUrl: string | undefined
  readonly home: string
  readonly programme: Programme
  readonly secrets: DemoSecrets
  /** From now on the probes say ready. */
  release(): void
  /** Stops everything in the reverse order of its start. Safe to call again, and after a start that failed half-way. */
  close(): Promise<void>
}

/**
 * Starts PostgreSQL, the exchange sandbox, rates, settlement and the authorizer, in the order in which they need each
 * other. What was started is stopped again when a later step fails.
 */
export async function openHouse(
  parts: Pick<Builder, 'config' | 'environment' | 'loggerOf' | 'random'>,
): Promise<House> {
  const home = resolve(parts.config.TOLEM_HOME)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const builder: Builder = { ...parts, home, undo: [] }
  try {
    return await build(builder)
  } catch (error) {
    await undoAll(builder.undo)
    throw error
  }
}

async function build(builder: Builder): Promise<House> {
  const { config, home, undo } = builder
  const databases = await openDatabases(builder)
  const written = readProgramme(config.PROGRAMME_FILE ?? PILOT_PROGRAMME_FILE)
  const secrets = keepDemoSecrets(home, written, builder.environment)
  const readGiven = createSecretReader({
    ...secrets.environment,
    ...whatIsSet(builder.environment),
  })
  const sandboxUrl = await startSandbox(builder, {
    databaseUrl: databases.sandboxUrl,
    programme: written,
    readSecret: readGiven,
  })
  const notices = await openNotices(builder)
  const isShipped = config.PROGRAMME_FILE === undefined
  const isDemo = isShipped && sandboxUrl !== undefined
  const programme = isDemo
    ? pointToSandbox(written, { sandboxUrl, noticesUrl: notices.url })
    : written
  if (isDemo) await tellNoticeUrl(sandboxUrl, notices.url)
  const readSecret = isDemo ? await withNoticeKey(readGiven, sandboxUrl) : readGiven
  const bus = openBus(builder)
  const databaseUrl = databases.url
  await startRates(builder, { programme, bus, databaseUrl })
  notices.hand(await startSettlement(builder, { programme, bus, readSecret, databaseUrl }))
  let held: string | undefined = 'the demo is being set up'
  const authorizer = composeAuthorizer({
    config: readConfig(authorizerConfig, {
      ...environmentOf(config),
      DATABASE_URL: databases.url,
      REDIS_URL: config.REDIS_URL ?? 'in-process',
      // Nobody balances between several of these.
      DRAIN_DELAY_MS: '0',
    }),
    programme,
    bus,
    logger: builder.loggerOf('authorizer'),
    readSecret,
    hold: () => held,
  })
  undo.push(authorizer.close)
  const { url, adminUrl } = await authorizer.start()
  const release = () => {
    held = undefined
  }
  const close = () => undoAll(undo)
  return { url, adminUrl, sandboxUrl, home, programme, secrets, release, close }
}

/** The sandbox's key is made by the sandbox: it is known once that runs. */
async function withNoticeKey(readSecret: SecretReader, sandboxUrl: string): Promise<SecretReader> {
  const key = await readNoticeKey(sandboxUrl)
  return (reference) => (reference === `env:${NOTICE_KEY}` ? key : readSecret(reference))
}

async function undoAll(undo: (() => Promise<void>)[]): Promise<void> {
  for (const step of undo.splice(0).toReversed()) await step()
}

/** An empty variable counts as not set, as everywhere. */
function whatIsSet(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([, value]) => value))
}

function environmentOf(config: LocalConfig): Environment {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      value === undefined ? undefined : String(value),
    ]),
  )
}

function openBus({ config, loggerOf, undo }: Builder): Bus {
  const logger = loggerOf('redis')
  const bus = config.REDIS_URL
    ? createRedisBus({
        url: config.REDIS_URL,
        keyPrefix: 'tolem:',
        commandTimeoutMs: 50,
        onFault: (error) => logger.debug({ err: error }, 'redis fault'),
      })
    : createLocalBus()
  undo.push(() => bus.close())
  return bus
}
