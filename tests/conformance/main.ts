import { randomUUIDv7 } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { count, printInstead, readCommandLine } from '@tolem/config/command-line'
import { milliseconds } from '@tolem/config/read-config'
import { createSecretReader } from '@tolem/config/secrets'
import { RAILS } from '@tolem/domain/card'
import { type AuthorizationId, movementReference } from '@tolem/domain/ids'
import { createRails } from '@tolem/exchanges/compose'
import { CONFORMANCE_CHECKS, type Proof, proveRail } from '@tolem/exchanges/conformance'
import type { Bench } from '@tolem/exchanges/conformance-bench'
import { parseAmount } from '@tolem/money/amount'
import { isCryptoAsset } from '@tolem/money/asset'
import { readProgramme } from '@tolem/programme'
import { z } from 'zod'
import { createSandboxControl } from './sandbox-control.ts'

/**
 * `npm run conformance:rail`: proves what a rail declares against the exchange that a programme names. Crypto moves
 * between the wallet and the programme, a few times the amount, and back by one credit.
 */

const USAGE = `npm run conformance:rail -- --programme FILE --exchange ID --rail RAIL --wallet ID --asset CODE [options]

  --programme FILE   the programme that names the exchange, its host and its keys (by reference)
  --exchange ID      which exchange of it
  --rail RAIL        ${RAILS.join(', ')}
  --wallet ID        a wallet of yours that may be debited: the agreement, contract, member id, e-mail or account
  --user ID          the exchange's own id of its owner, where the rail asks for one
  --asset CODE       what it holds
  --amount COINS     what each of some thirty debits takes (default 0.5)
  --too-much COINS   more than it holds; without it nothing is tried beyond the balance
  --timeout MS       how long one call may take (default 5000)
  --pace MS          how long is waited between two checks, for the exchange's limits (default 1500)
  --sandbox URL      a Tolem sandbox that misbehaves on demand: without it those checks are told as not run
  --list             tell the checks and end`

const OPTIONS = z.object({
  programme: z.string().optional(),
  exchange: z.string().optional(),
  rail: z.string().optional(),
  wallet: z.string().optional(),
  user: z.string().optional(),
  asset: z.string().default('USDT'),
  amount: z.string().default('0.5'),
  tooMuch: z.string().optional(),
  timeout: count.default(5_000),
  pace: milliseconds.default(1_500),
  sandbox: z.string().optional(),
  list: z.boolean().default(false),
})

type Given = z.infer<typeof OPTIONS>

async function main(): Promise<number> {
  const told = readCommandLine({ usage: USAGE, options: OPTIONS }, process.argv.slice(2))
  if ('text' in told) return printInstead(told)
  if (told.options.list) {
    for (const { name, guarantee } of CONFORMANCE_CHECKS)
      process.stdout.write(`${name.padEnd(30)} ${guarantee}\n`)
    return 0
  }
  return prove(told.options)
}

async function prove(given: Given): Promise<number> {
  const { bench, close } = await openBench(given)
  try {
    const proofs = await proveRail(bench, (proof) => process.stdout.write(`${lineOf(proof)}\n`))
    const broken = proofs.filter(({ finding }) => finding.outcome === 'broken').length
    const notRun = proofs.filter(({ finding }) => finding.outcome === 'not_run').length
    process.stdout.write(`${proofs.length} checks: ${broken} broken, ${notRun} not run\n`)
    return broken === 0 ? 0 : 1
  } finally {
    await close()
  }
}

async function openBench(given: Given): Promise<{ bench: Bench; close: () => Promise<void> }> {
  const { exchange, rails, rail, name } = await openRail(given)
  const { asset } = given
  if (!isCryptoAsset(asset)) throw new Error(`--asset ${asset} is not an asset that Tolem counts`)
  const coins = (text: string) => {
    const parsed = parseAmount(asset, text)
    if (!parsed.ok) throw new Error(`${text} is not an amount of ${asset}: ${parsed.reason}`)
    return parsed.value
  }
  const { user, sandbox, tooMuch } = given
  const bench: Bench = {
    ...COMMON,
    rail,
    wallet: {
      exchange: exchange.id,
      rail: name,
      walletId: need(given, 'wallet'),
      assets: [asset],
      ...(user !== undefined && { userId: user }),
    },
    asset,
    amount: coins(given.amount),
    ...(tooMuch !== undefined && { tooMuch: coins(tooMuch) }),
    ...(sandbox !== undefined && {
      trouble: createSandboxControl(sandbox).trouble(exchange.adapter),
    }),
    paceMs: given.pace,
    limit: { timeoutMs: given.timeout },
  }
  return { bench, close: () => rails.close() }
}

/** What does not depend on the command. */
const COMMON: Pick<Bench, 'newReference' | 'now' | 'sleep'> = {
  newReference: (kind) => movementReference(`aut_${randomUUIDv7()}` as AuthorizationId, kind, 1),
  now: Date.now,
  sleep,
}

async function openRail(given: Given) {
  const programme = readProgramme(need(given, 'programme'))
  const exchange = programme.exchanges.find(({ id }) => id === need(given, 'exchange'))
  if (!exchange) throw new Error(`the programme has no exchange ${need(given, 'exchange')}`)
  const name = RAILS.find((one) => one === need(given, 'rail'))
  if (!name || !exchange.rails.some(({ rail }) => rail === name))
    throw new Error(
      `${exchange.id} has no rail ${need(given, 'rail')}; it has: ${railsOf(exchange)}`,
    )
  const readSecret = createSecretReader(process.env)
  const rails = createRails([exchange], { readSecret, now: Date.now })
  await rails.start()
  const rail = rails.railFor(exchange.id, name)
  if (!rail) throw new Error(`${name} is named, and not there`)
  return { exchange, rails, rail, name }
}

function railsOf({ rails }: { readonly rails: readonly { readonly rail: string }[] }): string {
  return rails.map(({ rail }) => rail).join(', ')
}

function need(given: Given, name: 'programme' | 'exchange' | 'rail' | 'wallet'): string {
  const value = given[name]
  if (value === undefined) throw new Error(`--${name} is missing\n\n${USAGE}`)
  return value
}

function lineOf({ check, finding, ms }: Proof): string {
  const took = `${String(ms).padStart(6)} ms`
  return `${finding.outcome.padEnd(8)}${check.name.padEnd(31)}${took}  ${finding.detail}`
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  return 2
})
