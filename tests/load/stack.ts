import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { startRedisServer } from '@tolem/redis/server'
import { findFreePorts, type Service, startService, untilReady } from './children.ts'
import type { Cleanup } from './cleanup.ts'
import type { Database } from './database.ts'
import {
  type BenchProgramme,
  makeProgramme,
  RAISED_PER_SECOND,
  WEIGHT_RAISED,
} from './programme.ts'
import type { Process } from './usage.ts'

/** Tolem, running as it would in production: each service a process, logging and metrics on. */
export type Stack = {
  readonly url: string
  readonly adminUrl: string
  readonly sandboxUrl: string
  readonly programme: BenchProgramme
  /** The authorizer's own process. */
  readonly authorizerPid: number
  readonly processes: ReadonlyMap<string, Process>
  /** How it is joined, for the report. */
  readonly description: string
}

type Parts = {
  readonly database: Database
  readonly directory: string
  readonly cleanup: Cleanup
  /** Where the authorizer leaves a CPU profile, when it shall. */
  readonly profile: string | undefined
}

/** Starts the sandbox, then rates and the authorizer; resolves when purchases can be priced. */
export async function startStack(parts: Parts): Promise<Stack> {
  const ports = await findFreePorts([
    'sandbox',
    'sandboxAdmin',
    'rates',
    'authorizer',
    'admin',
    'settlement',
  ])
  const sandboxUrl = `http://127.0.0.1:${ports.sandbox}`
  const sandbox = startSandbox(parts, ports)
  await untilReady(sandbox, `http://127.0.0.1:${ports.sandboxAdmin}`)
  const programme = makeProgramme(sandboxUrl)
  const programmeFile = join(parts.directory, 'programme.json')
  writeFileSync(programmeFile, programme.json)
  const url = `http://127.0.0.1:${ports.authorizer}`
  const known = { ports, programme, programmeFile, url }
  const joined = (await startApart(parts, known)) ?? (await startTogether(parts, known))
  return {
    url,
    adminUrl: `http://127.0.0.1:${ports.admin}`,
    sandboxUrl,
    programme,
    ...joined,
    processes: new Map([...joined.processes, ['sandbox', alone(sandbox.pid)]]),
  }
}

type Ports = Record<
  'sandbox' | 'sandboxAdmin' | 'rates' | 'authorizer' | 'admin' | 'settlement',
  number
>

type Known = {
  readonly ports: Ports
  readonly programme: BenchProgramme
  readonly programmeFile: string
  readonly url: string
}

type Joined = Pick<Stack, 'authorizerPid' | 'processes' | 'description'>

/** In memory, so that its own commits are not measured, and with limits that no run reaches. */
function startSandbox({ directory, cleanup }: Parts, ports: Ports): Service {
  const raised = String(RAISED_PER_SECOND)
  return startService({
    name: 'exchange-sandbox',
    directory,
    cleanup,
    environment: {
      SANDBOX_PORT: String(ports.sandbox),
      SANDBOX_ADMIN_PORT: String(ports.sandboxAdmin),
      SANDBOX_BINANCE_UID_WEIGHT_PER_MINUTE: String(WEIGHT_RAISED),
      SANDBOX_BINANCE_SAPI_IP_WEIGHT_PER_MINUTE: String(WEIGHT_RAISED),
      SANDBOX_BINANCE_API_WEIGHT_PER_MINUTE: String(WEIGHT_RAISED),
      SANDBOX_BYBIT_PAY_PER_SECOND: raised,
      SANDBOX_BYBIT_PAY_PER_AGREEMENT_PER_SECOND: raised,
    },
  })
}

/** The authorizer and rates as processes of their own, joined by Redis; nothing where there is no Redis. */
async function startApart(parts: Parts, known: Known): Promise<Joined | undefined> {
  const redis = await startRedisServer()
  if (!redis) return undefined
  const { directory, cleanup, profile } = parts
  cleanup.add(redis.stop)
  const { ports, programme, programmeFile, url } = known
  const environment = {
    ...programme.secrets,
    PROGRAMME_FILE: programmeFile,
    REDIS_URL: redis.url,
    DATABASE_URL: parts.database.url,
  }
  const rates = startService({
    name: 'rates',
    directory,
    cleanup,
    environment: { ...environment, ADMIN_PORT: String(ports.rates) },
  })
  const authorizer = startService({
    name: 'authorizer',
    directory,
    cleanup,
    environment: {
      ...environment,
      PORT: String(ports.authorizer),
      ADMIN_PORT: String(ports.admin),
    },
    nodeOptions: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
  })
  await untilReady(authorizer, url)
  return {
    authorizerPid: authorizer.pid,
    processes: new Map([
      ['authorizer', alone(authorizer.pid)],
      ['rates', alone(rates.pid)],
      ['redis', alone(redis.pid)],
    ]),
    description: 'authorizer and rates in processes of their own, joined by Redis',
  }
}

/** Without Redis: the same services in one process, as `npm start` runs them, settlement included. */
async function startTogether(parts: Parts, known: Known): Promise<Joined> {
  // That process always uses the database `tolem` of its server: only on a server of our own is it ours.
  if (parts.database.pid === undefined)
    throw new Error('BENCH_DATABASE_URL needs redis-server or valkey-server on the PATH')
  const { ports, programme, programmeFile, url } = known
  const home = join(parts.directory, 'home')
  mkdirSync(home)
  const signingKeys = Object.fromEntries(programme.banks.map(({ key }) => [key.keyId, key.secret]))
  const secrets = { environment: programme.secrets, signingKeys }
  writeFileSync(join(home, 'secrets.json'), JSON.stringify(secrets), { mode: 0o600 })
  const house = startService({
    name: 'local',
    directory: parts.directory,
    cleanup: parts.cleanup,
    environment: {
      TOLEM_HOME: home,
      DATABASE_URL: parts.database.url,
      PROGRAMME_FILE: programmeFile,
      PORT: String(ports.authorizer),
      ADMIN_PORT: String(ports.admin),
      RATES_ADMIN_PORT: String(ports.rates),
      SETTLEMENT_ADMIN_PORT: String(ports.settlement),
      NOTICES_PORT: '0',
    },
  })
  await untilReady(house, url)
  return {
    authorizerPid: house.pid,
    processes: new Map([['authorizer, rates, settlement', alone(house.pid)]]),
    description: 'no Redis on the PATH: authorizer, rates and settlement share one process',
  }
}

function alone(pid: number): Process {
  return { pid, withChildren: false }
}
