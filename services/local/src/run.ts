import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { readDemoFile } from '@tolem/client/demo-file'
import { type Environment, readConfig } from '@tolem/config/read-config'
import { createLogger, type Logger } from '@tolem/telemetry/logger'
import { pino } from 'pino'
import { type LocalConfig, localConfig } from './config.ts'
import { describePurchase, makeFirstPurchases } from './first-purchases.ts'
import { type House, openHouse } from './house.ts'
import {
  type BankClient,
  demoFilePath,
  describeDemo,
  openClients,
  provisionDemo,
} from './provision.ts'

/** Rates need a tick from each leg; a second is usual, more than this is a fault. */
const READY_WITHIN_MS = 20_000

type Terminal = {
  readonly environment: Environment
  readonly out: (text: string) => void
  /** Calls `stop` at each signal that ends a program; it may be called more than once. */
  readonly onSignal: (stop: () => void) => void
}

/**
 * `npm start`: opens the house, shows one purchase through each bank, and stays until a signal comes. Gives the exit
 * code. The log goes to a file in the home, so that the terminal stays readable.
 */
export async function run({ environment, out, onSignal }: Terminal): Promise<number> {
  const stopped = Promise.withResolvers<void>()
  onSignal(() => stopped.resolve())
  let house: House | undefined
  try {
    const config = readConfig(localConfig, environment)
    const startedAt = performance.now()
    house = await openHouse({ config, environment, loggerOf: openLog(config), random: Math.random })
    await demonstrate(house, out, stopped.promise)
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
    out(
      `\nTolem is running (${seconds} s after its start). Ctrl-C stops it; ${house.home} keeps its data.`,
    )
    await stopped.promise
    return 0
  } catch (error) {
    out(error instanceof Error ? error.message : String(error))
    return 1
  } finally {
    out('stopping …')
    await house?.close()
    out('stopped')
  }
}

function openLog(config: LocalConfig): (service: string) => Logger {
  mkdirSync(config.TOLEM_HOME, { recursive: true, mode: 0o700 })
  const destination = pino.destination({
    dest: join(config.TOLEM_HOME, 'tolem.log'),
    append: true,
    sync: false,
    minLength: 4_096,
  })
  return (service) => createLogger({ service, level: config.LOG_LEVEL, destination })
}

async function demonstrate(
  house: House,
  out: (text: string) => void,
  stopped: Promise<void>,
): Promise<void> {
  const file = demoFilePath(house)
  const earlier = existsSync(file) ? readDemoFile(file) : undefined
  const clients = openClients(describeDemo(house))
  try {
    await provisionDemo(house, clients, earlier)
    if (!(await haveRates(clients, stopped)))
      out(
        `Not all rates have arrived: purchases are declined until they do. See ${house.home}/tolem.log`,
      )
    house.release()
    out(addresses(house))
    out('One purchase through each bank:\n')
    for (const purchase of await makeFirstPurchases(clients, {
      now: Date.now,
      random: Math.random,
      wait,
    }))
      out(describePurchase(purchase))
  } finally {
    await Promise.all(clients.map(({ client }) => client.close()))
  }
}

/** Waits until each bank's first card could be priced; a signal or too long a wait ends it. */
async function haveRates(clients: readonly BankClient[], stopped: Promise<void>): Promise<boolean> {
  const stop = new AbortController()
  void stopped.then(() => stop.abort())
  const signal = AbortSignal.any([AbortSignal.timeout(READY_WITHIN_MS), stop.signal])
  const needed = clients.flatMap(({ bank }) => {
    const link = bank.cards[0]?.card?.walletLink
    return link ? [`${link.exchange} ${link.assets[0]}/KZT`] : []
  })
  const [asker] = clients
  if (!asker) return true
  while (!signal.aborted) {
    const result = await asker.client.rates()
    const rates = result.kind === 'decided' ? result.answer.rates : []
    const safe = new Set(
      rates.filter((rate) => rate.state === 'safe').map((rate) => `${rate.exchange} ${rate.pair}`),
    )
    if (needed.every((name) => safe.has(name))) return true
    await wait(50)
  }
  return false
}

function addresses(house: House): string {
  return `
  Bank API          ${house.url}          description ${house.url}/docs
  Exchange sandbox  ${house.sandboxUrl ?? '(none: a programme of your own)'}
  Metrics           ${house.adminUrl}/metrics
  Demo keys         ${demoFilePath(house)}

  Try:  npm run terminal -- purchase --bank halyk --amount 12500.00
`
}
