import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  APPLY,
  CONTRACT_ID,
  debit,
  ORDER_QUERY,
  type PayRig,
  REFUND,
  startPay,
  word,
} from '../binance-pay/test-pay.ts'
import { TRANSFER, transfer } from '../test-rig.ts'

/** Few references and small sums, so that repeats, exhausted wallets and over-refunds all happen. */
const step = fc.record({
  place: fc.constantFrom('sub-account', 'pay', 'spot', 'convert'),
  kind: fc.constantFrom('debit', 'debit', 'credit'),
  reference: fc.integer({ min: 0, max: 5 }),
  original: fc.integer({ min: 0, max: 5 }),
  units: fc.integer({ min: 1, max: 600 }),
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

const ANN = 'ann@example.kz'
const OPENING = '0.00001000'

test('customers, contracts, orders and quotes move the master by what is listed, to the unit', async () => {
  const outcome = await fc.check(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await using rig = await openWallets()
      const opening = await balancesOf(rig)
      for (const each of steps) await take(rig, each)
      await expectAgreement(rig, opening)
    }),
    { numRuns: 25 },
  )
  expect(fc.defaultReportMessage(outcome)).toBeUndefined()
}, 60_000)

async function openWallets(): Promise<PayRig> {
  const rig = await startPay()
  await rig.control('PUT', `/control/wallets/binance/${ANN}`, { balances: { USDT: OPENING } })
  await rig.control('PUT', `/control/wallets/binance/${CONTRACT_ID}`, {
    kind: 'contract',
    currency: 'USDT',
    singleUpperLimit: '50',
    balances: { USDT: OPENING },
  })
  return rig
}

async function take(rig: PayRig, each: Step): Promise<void> {
  const { place, kind, fault, executes } = each
  await rig.control('DELETE', '/control/faults')
  const prepared = await prepare(rig, each)
  const operation = place === 'spot' || place === 'convert' ? 'convert' : kind
  if (fault !== undefined) {
    const laid = { exchange: 'binance', operation, kind: fault, delayMs: 1_000, executes }
    await rig.control('PUT', '/control/faults', laid)
  }
  // A cut connection is one of the faults.
  await prepared().catch(() => undefined)
}

/** What goes before a step without a fault, and the step itself. */
async function prepare(rig: PayRig, each: Step): Promise<() => Promise<unknown>> {
  const { place, kind, reference, original, units } = each
  const name = `${kind}${reference}`
  const amount = `0.${String(units).padStart(8, '0')}`
  if (place === 'spot') {
    const quantity = `0.${String(units).padStart(5, '0')}`
    const order = { symbol: 'BTCUSDT', side: kind === 'debit' ? 'SELL' : 'BUY', type: 'MARKET' }
    const fields = { ...order, quantity, newClientOrderId: name }
    return () => rig.binance('POST', '/api/v3/order', fields)
  }
  if (place === 'convert') {
    const asked = { fromAsset: 'USDT', toAsset: 'KZT', fromAmount: String(units) }
    const { body } = await rig.binance('POST', '/sapi/v1/convert/getQuote', asked)
    const quoteId = word(body['quoteId'])
    return () => rig.binance('POST', '/sapi/v1/convert/acceptQuote', { quoteId })
  }
  if (place === 'sub-account') {
    const { fromEmail, ...rest } = transfer(name, amount)
    const party = kind === 'debit' ? { fromEmail } : { toEmail: fromEmail }
    return () => rig.binance('POST', TRANSFER, { ...rest, ...party })
  }
  if (kind === 'debit') return () => rig.pay(APPLY, debit(name, amount))
  const { body } = await rig.pay(ORDER_QUERY, { merchantTradeNo: `debit${original}` })
  const prepayId = word(body['data']?.['prepayId']) || '1'
  return () => rig.pay(REFUND, { refundRequestId: name, prepayId, refundAmount: amount })
}

type Money = { readonly asset: string; readonly amount: string }

/** Units by wallet and asset. */
async function balancesOf(rig: PayRig): Promise<Map<string, bigint>> {
  const { wallets } = (await rig.control('GET', '/control/wallets')).body as unknown as {
    wallets: { exchange: string; wallet: string; balances: Record<string, string> }[]
  }
  return new Map(
    wallets
      .filter(({ exchange }) => exchange === 'binance')
      .flatMap(({ wallet, balances }) =>
        Object.entries(balances).map(([asset, amount]) => [`${wallet} ${asset}`, digits(amount)]),
      ),
  )
}

async function expectAgreement(rig: PayRig, opening: Map<string, bigint>): Promise<void> {
  const { movements } = (await rig.control('GET', '/control/movements')).body as unknown as {
    movements: (Money & { wallet: string; kind: string; reference: string })[]
  }
  const { conversions } = (await rig.control('GET', '/control/conversions')).body as unknown as {
    conversions: { executions: number; sold: Money; bought: Money; fee: Money }[]
  }
  const expected = new Map(opening)
  const add = (wallet: string, { asset, amount }: Money, sign: number) => {
    const key = `${wallet} ${asset}`
    expected.set(key, (expected.get(key) ?? 0n) + BigInt(sign) * digits(amount))
  }
  for (const movement of movements) {
    const sign = movement.kind === 'debit' ? 1 : -1
    add(movement.wallet, movement, -sign)
    add('master', movement, sign)
  }
  for (const { executions, sold, bought, fee } of conversions) {
    add('master', sold, -executions)
    add('master', bought, executions)
    add('master', fee, -executions)
  }
  expect(await balancesOf(rig)).toEqual(expected)
  const names = movements.map(({ wallet, kind, reference }) => `${wallet} ${kind} ${reference}`)
  expect(new Set(names).size).toBe(names.length)
}

/** A decimal string without its point: units, since all decimals are always written. */
function digits(amount: string): bigint {
  return BigInt(amount.replace('.', ''))
}
