import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createManualClock } from '../manual-clock.ts'
import { agreement, PAY, payment, REFUND, type Rig, refund, startSandbox } from '../test-rig.ts'

const MASTER_UID = 592_324
const ANN = 533_285

/** Few references, and sums of which some are more than there is. */
const step = fc.record({
  kind: fc.constantFrom('pay', 'refund', 'collect', 'return', 'sell', 'buy', 'convert'),
  reference: fc.integer({ min: 0, max: 4 }),
  cents: fc.integer({ min: 1, max: 90_000 }),
  executes: fc.boolean(),
  fault: fc.option(
    fc.constantFrom(
      'reset_after',
      'error_5xx_before',
      'error_5xx_after',
      'insufficient',
      'pending',
      'pending_then_failed',
      'duplicate_code',
      'wrong_echo',
      'execute_twice',
    ),
    { nil: undefined },
  ),
})

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

const OPERATIONS = {
  pay: 'debit',
  refund: 'credit',
  collect: 'debit',
  return: 'credit',
  sell: 'convert',
  buy: 'convert',
  convert: 'convert',
} as const

test('nothing at Bybit is created or lost but by fees, whatever goes wrong', async () => {
  const outcome = await fc.check(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await using rig = await openWallets()
      const before = await totals(rig)
      for (const each of steps) {
        await layFault(rig, each)
        await send(rig, each).catch(() => undefined)
      }
      expect(await totals(rig)).toEqual(await withConversions(rig, before))
    }),
    { numRuns: 25 },
  )
  expect(fc.defaultReportMessage(outcome)).toBeUndefined()
}, 60_000)

async function openWallets(): Promise<Rig> {
  const rig = await startSandbox(
    {
      SANDBOX_BYBIT_PAY_PER_AGREEMENT_PER_SECOND: 1_000,
      SANDBOX_BYBIT_TRANSFER_PER_SECOND: 1_000,
      SANDBOX_BYBIT_ORDER_PER_SECOND: 1_000,
      SANDBOX_BYBIT_CONVERT_PER_SECOND: 1_000,
    },
    createManualClock(),
  )
  await rig.control('PUT', '/control/wallets/bybit/A1', agreement({ USDT: '1000' }))
  const ann = { kind: 'subaccount', balances: { USDT: '1000' }, frozen: { USDT: '300' } }
  await rig.control('PUT', `/control/wallets/bybit/${ANN}`, ann)
  const master = { kind: 'subaccount', balances: { USDT: '1500', KZT: '500000' } }
  await rig.control('PUT', '/control/wallets/bybit/master', master)
  return rig
}

async function layFault(rig: Rig, { kind, fault, executes }: Step): Promise<void> {
  await rig.control('DELETE', '/control/faults')
  if (fault === undefined) return
  const laid = {
    exchange: 'bybit',
    operation: OPERATIONS[kind],
    kind: fault,
    delayMs: 500,
    executes,
  }
  await rig.control('PUT', '/control/faults', laid)
}

function send(rig: Rig, { kind, reference, cents }: Step) {
  const amount = `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`
  if (kind === 'pay') return rig.bybit('POST', PAY, payment(`o${reference}`, `${cents}0000`))
  if (kind === 'refund') {
    return rig.bybit('POST', REFUND, refund(`o${reference}`, `r${cents % 3}`, `${cents}000`))
  }
  if (kind === 'sell' || kind === 'buy') {
    return rig.bybit('POST', '/v5/order/create', {
      category: 'spot',
      symbol: 'USDTKZT',
      side: kind === 'sell' ? 'Sell' : 'Buy',
      orderType: 'Market',
      qty: amount,
      marketUnit: 'baseCoin',
      orderLinkId: `${kind}-${reference}`,
      slippageToleranceType: 'TickSize',
      slippageTolerance: '1',
    })
  }
  return kind === 'convert' ? convert(rig, amount) : move(rig, { kind, reference, amount })
}

function move(rig: Rig, asked: { kind: string; reference: number; amount: string }) {
  const isDebit = asked.kind === 'collect'
  return rig.bybit('POST', '/v5/asset/transfer/universal-transfer', {
    transferId: `be7a2462-1138-4e27-80b1-62653f24925${asked.reference}`,
    coin: 'USDT',
    amount: asked.amount,
    fromMemberId: isDebit ? ANN : MASTER_UID,
    toMemberId: isDebit ? MASTER_UID : ANN,
    fromAccountType: 'FUND',
    toAccountType: 'FUND',
  })
}

async function convert(rig: Rig, requestAmount: string) {
  const { body } = await rig.bybit('POST', '/v5/asset/exchange/quote-apply', {
    accountType: 'eb_convert_uta',
    fromCoin: 'USDT',
    toCoin: 'BTC',
    requestCoin: 'USDT',
    requestAmount,
  })
  const quoteTxId = body['result']?.['quoteTxId'] ?? ''
  await rig.bybit('POST', '/v5/asset/exchange/convert-execute', { quoteTxId })
  return rig.bybit('POST', '/v5/asset/exchange/convert-execute', { quoteTxId })
}

/** What all of Bybit's wallets hold together, in units by asset. */
async function totals(rig: Rig): Promise<Record<string, bigint>> {
  const { wallets } = (await rig.control('GET', '/control/wallets')).body as unknown as {
    wallets: { exchange: string; balances: Record<string, string> }[]
  }
  const sums: Record<string, bigint> = { BTC: 0n }
  for (const { exchange, balances } of wallets) {
    if (exchange !== 'bybit') continue
    for (const [asset, amount] of Object.entries(balances)) {
      sums[asset] = (sums[asset] ?? 0n) + digits(amount)
    }
  }
  return sums
}

type Sum = { asset: string; amount: string }

/** The same after all conversions that control lists: less what was sold and the fees, more what was bought. */
async function withConversions(rig: Rig, before: Record<string, bigint>) {
  const { body } = await rig.control('GET', '/control/conversions?exchange=bybit')
  const { conversions } = body as unknown as {
    conversions: { executions: number; sold: Sum; bought: Sum; fee: Sum }[]
  }
  const sums = { ...before }
  const add = ({ asset, amount }: Sum, times: number) => {
    sums[asset] = (sums[asset] ?? 0n) + digits(amount) * BigInt(times)
  }
  for (const { executions, sold, bought, fee } of conversions) {
    add(sold, -executions)
    add(bought, executions)
    add(fee, -executions)
  }
  return sums
}

/** A decimal string without its point: units, since all decimals are always written. */
function digits(amount: string): bigint {
  return BigInt(amount.replace('.', ''))
}
