import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { mkdtemp, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@tolem/client'
import { type DemoFile, readDemoFile, signingKeyOf } from '@tolem/client/demo-file'
import { type End, launch, watch } from './service.ts'

/** `npm start`, running as a process of its own. */
export type House = {
  readonly pid: number
  readonly home: string
  /** `demo.json` as this start wrote it. */
  readonly demo: DemoFile
  /** `database.json`: the databases of Tolem and of the exchange sandbox. */
  readonly database: { readonly url: string; readonly sandboxUrl: string }
  /** The authorizer's port for operators. */
  readonly adminUrl: string
  /** All that it has printed. */
  readonly output: () => string
  /** Sends the signal and waits for the end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<End>
}

const MAIN = join(import.meta.dirname, '..', '..', 'services', 'local', 'src', 'main.ts')

/** Every port is a free one, so that houses do not meet. */
const FREE_PORTS = {
  PORT: '0',
  ADMIN_PORT: '0',
  SANDBOX_PORT: '0',
  SANDBOX_ADMIN_PORT: '0',
  SETTLEMENT_ADMIN_PORT: '0',
  RATES_ADMIN_PORT: '0',
  NOTICES_PORT: '0',
}

const STARTS_WITHIN_MS = 90_000
const RATES_WITHIN_MS = 20_000
const EXCHANGES_TIMES_ASSETS = 2 * 6

/**
 * Starts the whole of Tolem as `npm start` does, and resolves once it says that it is running.
 *
 * @throws with all that it printed, when it ends before that.
 */
export async function startHouse(
  home: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<House> {
  const { child, printed, ended } = launchHouse(home, environment)
  const ready = await new Promise<boolean>((resolve) => {
    const look = (): void => {
      if (printed().includes('Tolem is running')) resolve(true)
    }
    child.stdout.on('data', look)
    child.stderr.on('data', look)
    void ended.then(() => resolve(false))
    setTimeout(() => resolve(false), STARTS_WITHIN_MS).unref()
  })
  if (!ready) {
    child.kill('SIGKILL')
    throw new Error(`Tolem did not start:\n${printed()}`)
  }
  const demo = readDemoFile(join(home, 'demo.json'))
  await ratesArrived(demo)
  return {
    pid: child.pid ?? 0,
    home,
    demo,
    database: JSON.parse(readFileSync(join(home, 'database.json'), 'utf8')),
    adminUrl: /Metrics\s+(\S+)\/metrics/.exec(printed())?.[1] ?? '',
    output: printed,
    stop: async (signal = 'SIGINT') => {
      child.kill(signal)
      return ended
    },
  }
}

/** A demonstration needs one rate of each bank; a test may use any. */
async function ratesArrived(demo: DemoFile): Promise<void> {
  const [bank] = demo.banks
  if (!bank) return
  const client = createClient({ url: demo.url, key: signingKeyOf(bank), timeoutMs: 5_000 })
  const isSafe = async (): Promise<boolean> => {
    const result = await client.rates()
    const rates = result.kind === 'decided' ? result.answer.rates : []
    return rates.length >= EXCHANGES_TIMES_ASSETS && rates.every(({ state }) => state === 'safe')
  }
  const patience = AbortSignal.timeout(RATES_WITHIN_MS)
  while (!patience.aborted && !(await isSafe())) await delay(50)
  await client.close()
}

/** The process alone, whether or not it will come up. */
export function launchHouse(
  home: string,
  environment: Readonly<Record<string, string>> = {},
): ReturnType<typeof launch> {
  return launch(MAIN, { ...FREE_PORTS, TOLEM_HOME: home, ...environment })
}

/** `npm start` as a person types it. */
export function launchFromTerminal(home: string): Pick<
  ReturnType<typeof launch>,
  'printed' | 'ended'
> & {
  readonly pressCtrlC: () => void
} {
  const child = spawn('npm', ['start'], {
    cwd: join(import.meta.dirname, '..', '..'),
    env: { ...process.env, ...FREE_PORTS, TOLEM_HOME: home },
    // A process group of its own, which is what a terminal sends Ctrl-C to.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return { ...watch(child), pressCtrlC: () => process.kill(-(child.pid ?? 0), 'SIGINT') }
}

/** An empty directory for one house, in memory where there is room: fsync costs nothing there. */
export async function makeHome(): Promise<string> {
  return mkdtemp(join((await isRoomy(MEMORY)) ? MEMORY : tmpdir(), 'tolem-house-'))
}

export function removeHome(home: string): Promise<void> {
  return rm(home, { recursive: true, force: true })
}

/** What a house left behind: processes that stand in its home, and sockets of its database server. */
export function listLeftovers(house: Pick<House, 'home' | 'database'>): readonly string[] {
  const socket = new URL(house.database.url).searchParams.get('host')
  return [
    ...listProcessesIn(house.home),
    ...(socket !== null && existsSync(socket) ? [socket] : []),
  ]
}

const MEMORY = '/dev/shm'
const ENOUGH_BYTES = 1 << 30

async function isRoomy(directory: string): Promise<boolean> {
  try {
    const { bavail, bsize } = await statfs(directory)
    return bavail * bsize > ENOUGH_BYTES
  } catch {
    // No such directory on this platform: simply not roomy.
    return false
  }
}

/** Processes whose working directory is in `home`: PostgreSQL's are. None where there is no /proc to look into. */
function listProcessesIn(home: string): readonly string[] {
  if (process.platform !== 'linux') return []
  const real = realpathSync(home)
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name) && workingDirectory(name).startsWith(real))
    .map((pid) => `process ${pid}`)
}

function workingDirectory(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    // Ended in the meantime, or a zombie: it stands nowhere.
    return ''
  }
}
