import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createManualClock } from './manual-clock.ts'
import {
  agreement,
  PAY,
  partnerCredit,
  partnerDebit,
  payment,
  REFUND,
  type Rig,
  refund,
  startSandbox,
  TRANSFER,
  TRANSFERS,
  transfer,
} from './test-rig.ts'

/** Few references and small sums, so that repeats, exhausted wallets and over-refunds all happen. */
const step = fc.record({
  exchange: fc.constantFrom('binance', 'bybit', 'partner'),
  kind: fc.constantFrom('debit', 'debit', 'credit'),
  reference: fc.integer({ min: 0, max: 5 }),
  original: fc.integer({ min: 0, max: 5 }),
  units: fc.bigInt({ min: 1n, max: 600n }),
  executes: fc.boolean(),
  fault: fc.option(
    fc.constantFrom(
      'reset_before',
      'reset_after',
      'error_5xx_before',
      'error_5xx_after',
      'insufficient',
      'pending',
      'pending_then_failed',
      'duplicate_code',
      'garbage',
      'wrong_echo',
      'too_many_requests',
    ),
    { nil: undefined },
  ),
})

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const OPENING = 1_000n

/** Ten million USDT in units of each exchange's ledger. */
const MASTER_OPENING = { binance: 10n ** 15n, bybit: 10n ** 13n, partner: 10n ** 15n } as const

test('whatever goes wrong, balances and movements agree to the unit and nothing executes twice', async () => {
  const outcome = await fc.check(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await using rig = await openWallets()
      const successes = new Set<string>()
      for (const each of steps) {
        await layFault(rig, each)
        if (await isSuccess(send(rig, each))) successes.add(nameOf(each))
      }
      await expectAgreement(rig, successes)
    }),
    { numRuns: 25 },
  )
  expect(fc.defaultReportMessage(outcome)).toBeUndefined()
}, 60_000)

async function openWallets(): Promise<Rig> {
  const generous = { SANDBOX_BYBIT_PAY_PER_AGREEMENT_PER_SECOND: 1_000 }
  const rig = await startSandbox(generous, createManualClock())
  await rig.control('PUT', '/control/wallets/bybit/A1', agreement({ USDT: '0.001000' }))
  const balances = { USDT: '0.00001000' }
  await rig.control('PUT', '/control/wallets/binance/ann@example.kz', { balances })
  await rig.control('PUT', '/control/wallets/partner/acc-1', { balances })
  return rig
}

async function layFault(rig: Rig, { exchange, kind, fault, executes }: Step): Promise<void> {
  await rig.control('DELETE', '/control/faults')
  if (fault === undefined) return
  const laid = { exchange, operation: kind, kind: fault, delayMs: 1_000, executes }
  await rig.control('PUT', '/control/faults', laid)
}

function nameOf({ exchange, kind, reference }: Step): string {
  const hyphen = exchange === 'partner' ? '' : '-'
  return `${exchange} ${kind} ${kind}${hyphen}${reference}`
}

function send(rig: Rig, step: Step) {
  const { exchange, kind, reference, original, units } = step
  const name = `${kind}-${reference}`
  if (exchange === 'bybit') {
    return kind === 'debit'
      ? rig.bybit('POST', PAY, payment(name, String(units)))
      : rig.bybit('POST', REFUND, refund(`debit-${original}`, name, String(units)))
  }
  if (exchange === 'partner') return rig.partner('POST', TRANSFERS, transferOf(step))
  const { fromEmail, ...rest } = transfer(name, `0.${String(units).padStart(8, '0')}`)
  return rig.binance('POST', TRANSFER, {
    ...rest,
    ...(kind === 'debit' ? { fromEmail } : { toEmail: fromEmail }),
  })
}

/** References of the partner protocol are letters and digits. */
function transferOf({ kind, reference, original, units }: Step) {
  const amount = `0.${String(units).padStart(8, '0')}`
  return kind === 'debit'
    ? partnerDebit(`debit${reference}`, amount)
    : partnerCredit(`debit${original}`, `credit${reference}`, amount)
}

async function isSuccess(call: ReturnType<typeof send>): Promise<boolean> {
  try {
    const { body, text } = await call
    return /"status":"(SUCCESS|executed)"/.test(text) || body['tranId'] !== undefined
  } catch {
    // A cut connection is one of the faults: the caller knows nothing, and claims nothing.
    return false
  }
}

async function expectAgreement(rig: Rig, successes: ReadonlySet<string>): Promise<void> {
  const { movements } = (await rig.control('GET', '/control/movements')).body as unknown as {
    movements: { exchange: string; kind: string; reference: string; amount: string }[]
  }
  const { wallets } = (await rig.control('GET', '/control/wallets')).body as unknown as {
    wallets: { exchange: string; wallet: string; balances: { USDT: string } }[]
  }
  const { totals } = (await rig.control('GET', '/control/movements/summary')).body as unknown as {
    totals: { executedTwice: number; exchange: string; net: string }[]
  }
  const names = movements.map((each) => `${each.exchange} ${each.kind} ${each.reference}`)
  expect(new Set(names).size).toBe(names.length)
  expect(totals.every(({ executedTwice }) => executedTwice === 0)).toBe(true)
  for (const success of successes) expect(names).toContain(success)
  for (const exchange of ['binance', 'bybit', 'partner'] as const) {
    const net = movements
      .filter((each) => each.exchange === exchange)
      .reduce((sum, { kind, amount }) => sum + (kind === 'debit' ? 1n : -1n) * digits(amount), 0n)
    const balances = wallets.filter((wallet) => wallet.exchange === exchange)
    const customer = balances.find(({ wallet }) => wallet !== 'master')?.balances.USDT ?? ''
    expect(digits(customer)).toBe(OPENING - net)
    expect(digits(totals.find((total) => total.exchange === exchange)?.net ?? '0')).toBe(net)
    const master = balances.find(({ wallet }) => wallet === 'master')?.balances.USDT ?? ''
    expect(digits(master)).toBe(MASTER_OPENING[exchange] + net)
  }
}

/** A decimal string without its point: units, since all decimals are always written. */
function digits(amount: string): bigint {
  const units = BigInt(amount.replace(/[-.]/g, ''))
  return amount.startsWith('-') ? -units : units
}
