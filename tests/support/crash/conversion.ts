import type { CrashPoint } from '@tolem/crash-points'
import { compareProgrammeAccounts, readProgrammeAccounts, untilConverted } from '../conversions.ts'
import { aPurchase } from '../messages.ts'
import type { TestCard } from '../stack.ts'
import { buyUntilApproved } from '../surely.ts'
import { death, type Site, settle } from './site.ts'
import { VARIANTS, type Variant } from './table.ts'

/** The points at which a settlement that converts dies. */
export const CONVERSION_POINTS = [
  'convert.after_intend',
  'convert.after_ticket',
  'convert.after_execute',
  'convert.after_write',
] as const satisfies readonly CrashPoint[]

const EXCHANGES = ['bybit', 'binance'] as const
const ASSETS = ['USDT', 'USDC', 'BTC', 'ETH', 'SOL', 'TON'] as const

const FAULTS = {
  executed: ['none', 'error_5xx_after'],
  'not executed': ['error_5xx_before', 'reset_before'],
} as const satisfies Readonly<Record<Variant, readonly string[]>>

/** More than the smallest order of any market. */
const AMOUNT = '9000.00'

/** Orders of all assets at both exchanges, half of which may be small change by then. */
const AT_ONCE = 4

/**
 * Settlement dies again and again at each point while it converts, until `rounds` orders of each variant were there in
 * all; then what the exchanges hold for the programme is what its ledger says.
 */
export async function killConversions(
  site: Site,
  points: readonly CrashPoint[],
  rounds: number,
): Promise<void> {
  const { own, stack, table } = site
  const { databaseUrl } = own.parts
  await settle(site)
  await untilConverted(databaseUrl, 90_000)
  const before = await readProgrammeAccounts(databaseUrl, stack.sandbox)
  const cards = await Promise.all(
    EXCHANGES.flatMap((exchange) =>
      ASSETS.map((asset) => stack.openCard({ exchange, asset, holds: '100000' })),
    ),
  )
  for (const point of points)
    for (const variant of VARIANTS)
      while (table.rounds(point, variant) < rounds) await killOnce(site, { point, variant, cards })
  await settle(site)
  await untilConverted(databaseUrl, 90_000)
  const after = await readProgrammeAccounts(databaseUrl, stack.sandbox)
  table.mistakes.push(...compareProgrammeAccounts(before, after))
}

async function killOnce(
  { own, stack, table, random }: Site,
  round: {
    readonly point: CrashPoint
    readonly variant: Variant
    readonly cards: readonly TestCard[]
  },
): Promise<void> {
  const { point, variant, cards } = round
  const { settlement } = own.parts
  const { sandbox } = stack
  await settlement.stop('SIGKILL')
  for (const { token } of cards)
    await buyUntilApproved(stack.bank(), () => aPurchase(token, { amount: AMOUNT }))
  const kind = FAULTS[variant][Math.floor(random() * FAULTS[variant].length)] ?? 'none'
  if (kind !== 'none')
    for (const exchange of EXCHANGES)
      await sandbox.layFault({ exchange, operation: 'convert', kind, probability: 0.7 })
  settlement.launch({ CRASH_AT: `${point}:${AT_ONCE}` })
  const came = await death(settlement, point)
  await sandbox.liftFaults({ operation: 'convert' })
  if (came === undefined) throw new Error(`no settlement came to ${point}`)
  table.addDeath(point, came)
  for (let order = 0; order < came; order += 1) table.add(point, variant, `${kind}: converted once`)
}
