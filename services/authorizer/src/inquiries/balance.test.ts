import type { Card, WalletLink } from '@tolem/domain/card'
import type { Controls } from '@tolem/domain/controls'
import type { DeclineReason } from '@tolem/domain/decision'
import type { ExchangeId } from '@tolem/domain/ids'
import type { RailPort } from '@tolem/exchanges/port'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Rate } from '@tolem/money/rate'
import { createSpendable } from '@tolem/quotes/spendable'
import { anAuthorizationBody } from '@tolem/testing/bodies'
import { aCard, NOON } from '@tolem/testing/builders'
import { RESPONSE_CODES } from '@tolem/testing/response-codes'
import { balanceAnswer } from '@tolem/wire/balance'
import { expect, test } from 'vitest'
import type { Call } from '../route.ts'
import { type BalancePorts, compileWithoutTypes, inquireBalance } from './balance.ts'

const BINANCE = 'binance' as ExchangeId

const WALLET: WalletLink = {
  exchange: BINANCE,
  rail: 'binance-subaccount',
  walletId: 'customer@sub.example',
  assets: ['USDT', 'BTC', 'SOL'],
}

type Balances = RailPort['balances']

/** Everything that an inquiry looks at; as it stands, ten USDT and a hundredth of a bitcoin. */
type Scene = {
  readonly card?: Card | undefined
  readonly balances?: Balances
  readonly isLicensed?: boolean
  readonly allowed?: readonly CryptoAsset[]
  readonly safe?: readonly CryptoAsset[]
  readonly programme?: Controls
  readonly bank?: Controls
  /** Milliseconds until the deadline. */
  readonly left?: number
}

const holding: Balances = () =>
  Promise.resolve({
    ok: true,
    value: [
      { asset: 'USDT', amount: amountOf('USDT', 1_000_000_000n) },
      { asset: 'BTC', amount: amountOf('BTC', 1_000_000n) },
    ],
  })

const PRICES: Partial<Record<CryptoAsset, string>> = {
  USDT: '474.2',
  BTC: '47000000',
  SOL: '68000',
}

function portsOf(scene: Scene): BalancePorts {
  const { allowed = ['USDT', 'BTC', 'SOL'], safe = ['USDT', 'BTC', 'SOL'] } = scene
  const rail = {
    exchange: BINANCE,
    stepOf: () => 1n,
    balances: scene.balances ?? holding,
  } as unknown as RailPort
  const latest = (_exchange: ExchangeId, asset: CryptoAsset) => {
    const of = { exchange: BINANCE, asset, observedAt: NOON - 100 }
    const price = PRICES[asset] as Rate
    return safe.includes(asset)
      ? ({ state: 'safe', ...of, bid: price, ask: price, sources: [] } as const)
      : ({ state: 'unsafe', ...of, guard: 'spike' } as const)
  }
  return {
    findCard: () => Promise.resolve('card' in scene ? scene.card : aCard({ walletLink: WALLET })),
    rail: () => (scene.isLicensed === false ? undefined : rail),
    isAssetAllowed: (asset) => allowed.includes(asset),
    levelsOf: () => [scene.programme ?? {}, scene.bank ?? {}].map(compileWithoutTypes),
    spendable: createSpendable({ mirror: { latest }, maximumAgeMs: 5_000, now: () => NOON }),
    monotonicNow: () => 0,
  }
}

async function answerTo(scene: Scene) {
  const {
    type: _,
    transactionAmount: __,
    partialApprovalSupported: ___,
    ...body
  } = anAuthorizationBody()
  const { left = 1_000 } = scene
  const call = {
    caller: { id: 'halyk', spreadBasisPoints: 50, feeBasisPoints: 100, codes: RESPONSE_CODES },
    deadline: { at: left, windowEndsAt: NOON + left },
    message: { body: Buffer.from(JSON.stringify(body)), receivedAt: NOON },
    parameters: {},
  } as unknown as Call
  return inquireBalance(portsOf(scene), call)
}

async function told(scene: Scene) {
  const { status, body } = await answerTo(scene)
  expect(status).toBe(200)
  return balanceAnswer.parse(JSON.parse(body))
}

test('adds up what each asset would buy, in the cardholder’s order', async () => {
  expect(await told({})).toMatchObject({
    decision: 'approved',
    responseCode: '00',
    // 10 × 474.2 × 0.995 / 1.01 and 0.01 × 47,000,000 × 0.995 / 1.01, each rounded down.
    available: { value: '467691.37', currency: 'KZT' },
    assets: [
      { asset: 'USDT', amount: '10.00000000', available: { value: '4671.57', currency: 'KZT' } },
      { asset: 'BTC', amount: '0.01000000', available: { value: '463019.80', currency: 'KZT' } },
      { asset: 'SOL', available: { value: '0.00', currency: 'KZT' } },
    ],
    notCounted: [],
  })
})

test('leaves out and names what is suspended or cannot be priced', async () => {
  const answer = await told({ allowed: ['USDT', 'SOL'], safe: ['USDT'] })
  expect(answer.assets?.map(({ asset }) => asset)).toEqual(['USDT'])
  expect(answer.notCounted).toEqual([
    { exchange: 'binance', asset: 'BTC', reason: 'asset_suspended' },
    { exchange: 'binance', asset: 'SOL', reason: 'rate_unsafe' },
  ])
})

test.each<[DeclineReason, Scene]>([
  ['unknown_card', { card: undefined }],
  ['card_expired', { card: aCard({ expiresOn: '2026-10', status: 'frozen' }) }],
  ['card_frozen', { card: aCard({ status: 'frozen' }) }],
  ['exchange_not_licensed', { isLicensed: false }],
  ['exchange_not_permitted', { bank: { exchanges: { deny: ['binance'] } } }],
  ['channel_not_permitted', { programme: { channels: { allow: ['atm'] } } }],
  ['merchant_category_not_permitted', { bank: { merchantCategories: { deny: ['5400-5499'] } } }],
  [
    'country_not_permitted',
    { card: aCard({ walletLink: WALLET, controls: { countries: { deny: ['KZ'] } } }) },
  ],
  [
    'transaction_type_not_permitted',
    { balances: () => Promise.resolve({ ok: false, reason: 'unsupported' }) },
  ],
  [
    'exchange_unavailable',
    { balances: () => Promise.resolve({ ok: false, reason: 'unavailable' }) },
  ],
  ['deadline_exceeded', { left: 170, balances: () => Promise.reject(new Error('was asked')) }],
  ['rate_unsafe', { safe: [] }],
])('declines with %s', async (reason, scene) => {
  const answer = await told(scene)
  expect(answer).toMatchObject({
    decision: 'declined',
    reason,
    responseCode: RESPONSE_CODES[reason],
  })
  expect(answer.available).toBeUndefined()
})

test('a list of types does not concern an inquiry, which has none', async () => {
  const programme = { types: { allow: ['purchase'] } } as const
  expect(await told({ programme })).toMatchObject({ decision: 'approved' })
})

test('the exchange is given less than the budget, so that its silence is still answered', async () => {
  const limits: number[] = []
  await told({
    balances: (_wallet, { timeoutMs }) => {
      limits.push(timeoutMs)
      return Promise.resolve({ ok: false, reason: 'unavailable' })
    },
  })
  expect(limits).toEqual([880])
})
