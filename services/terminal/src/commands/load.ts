import { once } from 'node:events'
import { createClient } from '@tolem/client'
import { type DemoBank, type DemoFile, signingKeyOf } from '@tolem/client/demo-file'
import type { Command } from 'commander'
import {
  ANSWER_TIMEOUT_MS,
  type CommonOptions,
  chooseCardToken,
  findBank,
  openDemo,
} from '../banks.ts'
import { type Extent, exitCodeOf, renderProgress, renderReport } from '../load/report.ts'
import { planArrivals, runOpenLoop } from '../load/schedule.ts'
import { createTally, type Tally } from '../load/tally.ts'
import { createTraffic, type Party } from '../load/traffic.ts'
import { Mistake } from '../mistake.ts'
import { readNumber, readTenge } from '../option-readers.ts'
import type { Shell } from '../shell.ts'
import type { Toolbox } from '../toolbox.ts'

type LoadOptions = CommonOptions & {
  readonly bank: string
  readonly card?: string
  readonly rate: number
  readonly seconds: number
  readonly connections: number
  readonly reversals: number
  readonly repeats: number
  readonly amount: string
}

/** Each may be reversed, and both take a STAN: together fewer than the 999,999 that differ. */
const MOST_PURCHASES = 400_000

/** How often progress is told: to a person who watches, and to a file. */
const PROGRESS_MS = { interactive: 250, plain: 5_000 } as const

const percent = readNumber({ least: 0, most: 100 })

/** `load`: ends with 0, or with 1 when a repeat got other bytes or nothing was decided. */
export function addLoad(program: Command, toolbox: Toolbox): void {
  program
    .command('load')
    .description('send purchases on a schedule and measure the answers from when each was due')
    .requiredOption('--bank <id>', 'whose cards pay, such as halyk, or all')
    .option('--card <token>', 'one card token (default: the demo cards, at random)')
    .option('--rate <number>', 'purchases a second', readNumber({ least: 0.1, most: 20_000 }), 50)
    .option('--seconds <number>', 'for how long', readNumber({ least: 1, most: 3_600 }), 20)
    .option(
      '--connections <number>',
      'connections of each bank',
      readNumber({ least: 1, most: 1_024, isWhole: true }),
      16,
    )
    .option('--reversals <percent>', 'how many of 100 are reversed', percent, 3)
    .option('--repeats <percent>', 'how many of 100 are sent twice', percent, 2)
    .option('--amount <kzt>', 'tenge of each purchase', readTenge, '150.00')
    .addHelpText(
      'after',
      '\nCtrl-C ends it and prints what it has. Ends with 0, or with 1 when a repeat got other\n' +
        'bytes or nothing was decided.\n\nExample:\n' +
        '  npm run terminal -- load --bank all --rate 50 --seconds 20 --repeats 2',
    )
    .action(async (_, command: Command) => {
      toolbox.endWith(await load(toolbox, command.optsWithGlobals()))
    })
}

async function load(toolbox: Toolbox, options: LoadOptions): Promise<number> {
  const { shell } = toolbox
  const plan = planArrivals(options.rate, options.seconds)
  if (plan.count > MOST_PURCHASES)
    throw new Mistake(`That is ${plan.count} purchases. Ask for ${MOST_PURCHASES} at most.`)
  const demo = openDemo(options)
  const parties = chooseBanks(demo, options.bank).map((bank) => joinParty(demo, bank, options))
  const { amount, reversals: reversalPercent, repeats: repeatPercent } = options
  const tally = createTally()
  const mix = { amount, reversalPercent, repeatPercent }
  const work = createTraffic({ toolbox, tally, parties, mix })
  const signal = shell.catchInterruption()
  const meter = createMeter(shell, plan.count)
  const progress = showProgress(shell, tally, meter.read)

  await runOpenLoop(plan, (dueAt) => meter.track(work(dueAt)), { clock: shell, signal })
  const sentIn = meter.read().elapsedMs
  await untilDoneOr(signal, meter.whenIdle)
  progress.end()
  const totals = tally.read()
  shell.out(renderReport(totals, { ...meter.read(), elapsedMs: sentIn }, shell.paint))
  if (!signal.aborted) await Promise.all(parties.map(({ client }) => client.close()))
  return exitCodeOf(totals)
}

function chooseBanks(demo: DemoFile, id: string): readonly DemoBank[] {
  return id === 'all' ? demo.banks : [findBank(demo, id)]
}

function joinParty(demo: DemoFile, bank: DemoBank, options: LoadOptions): Party {
  const { card, connections } = options
  const client = createClient({
    url: demo.url,
    key: signingKeyOf(bank),
    timeoutMs: ANSWER_TIMEOUT_MS,
    connections,
  })
  const isOneCard = card !== undefined || bank.cards.length === 0
  const cardTokens = isOneCard
    ? [chooseCardToken(bank, card)]
    : bank.cards.map(({ token }) => token)
  return { client, cardTokens }
}

type Meter = {
  readonly track: (work: Promise<void>) => void
  readonly read: () => Extent
  readonly whenIdle: () => Promise<unknown>
}

function createMeter({ monotonicNow }: Shell, planned: number): Meter {
  const startedAt = monotonicNow()
  const underWay = new Set<Promise<void>>()
  let started = 0
  return {
    track(work) {
      started += 1
      const tracked = work.finally(() => underWay.delete(tracked))
      underWay.add(tracked)
    },
    read: () => ({
      planned,
      started,
      underWay: underWay.size,
      elapsedMs: monotonicNow() - startedAt,
    }),
    whenIdle: () => Promise.all(underWay),
  }
}

async function untilDoneOr(signal: AbortSignal, whenIdle: Meter['whenIdle']): Promise<void> {
  if (signal.aborted) return
  await Promise.race([whenIdle(), once(signal, 'abort')])
}

function showProgress(
  { out, isInteractive }: Shell,
  tally: Tally,
  readExtent: () => Extent,
): { readonly end: () => void } {
  const show = () => {
    const line = renderProgress(tally.read(), readExtent())
    // A terminal's line is written over: back to its start, and the rest of it cleared.
    out(isInteractive ? `\r\u001B[2K${line}` : `${line}\n`)
  }
  const timer = setInterval(show, isInteractive ? PROGRESS_MS.interactive : PROGRESS_MS.plain)
  return {
    end() {
      clearInterval(timer)
      if (isInteractive) out('\r\u001B[2K')
    },
  }
}
