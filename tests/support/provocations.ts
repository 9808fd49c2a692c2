import { setTimeout as delay } from 'node:timers/promises'
import type { Client } from '@tolem/client'
import type { DeclineReason } from '@tolem/domain/decision'
import type { CardBody } from '@tolem/wire/card'
import type { AuthorizationBody } from '@tolem/wire/request'
import type { Database } from './database.ts'
import { ask, type CallName } from './life/calls.ts'
import { untilAtRest } from './life/standing.ts'
import { aClearing, anAdvice, anIncrement, aRefund, aReversalOf } from './life-messages.ts'
import { aPurchase, TERMINAL_ID } from './messages.ts'
import {
  type BankName,
  type CardOptions,
  decided,
  MERCHANT_ID,
  type Stack,
  type TestCard,
} from './stack.ts'
import { STRICT_EXCHANGES } from './strict-programme.ts'

/** Where something is provoked: a bank at a stack whose programme is the strict one. */
export type Place = {
  readonly bank: BankName
  readonly stack: Stack
  readonly client: Client
  readonly database: Database
  readonly openCard: (options?: CardOptions) => Promise<TestCard>
}

/** The message that will be declined, when everything before it is at rest. */
export type Provoked = {
  readonly card: TestCard
  readonly call: CallName
  readonly body: object
  readonly headers?: Readonly<Record<string, string>>
  /** Makes the house as it was, where that was changed for everybody. */
  readonly undo?: () => Promise<void>
}

type Provocation = (place: Place) => Promise<Provoked>

const LONG_AGO = '2025-12'
const kzt = (value: string) => ({ value, currency: 'KZT' })

/** How each reason comes about. A reason without one does not compile. */
export const PROVOCATIONS: Readonly<Record<DeclineReason, Provocation>> = {
  unknown_card: purchaseOn({ put: false }),
  card_expired: purchaseOn({ card: { expiresOn: LONG_AGO } }),
  card_lost: purchaseOn({ card: { status: 'lost' } }),
  card_stolen: purchaseOn({ card: { status: 'stolen' } }),
  card_frozen: purchaseOn({ card: { status: 'frozen' } }),
  card_closed: purchaseOn({ card: { status: 'closed' } }),
  card_not_activated: purchaseOn({ card: { status: 'not_activated' } }),
  wallet_not_linked: async (place) => {
    const card = await place.openCard({ put: false })
    const { walletLink: _, ...unlinked } = card.body
    decided(await place.client.putCard(card.token, unlinked))
    return purchase(card)
  },
  exchange_not_licensed: purchaseAt(STRICT_EXCHANGES.lapsed),
  exchange_not_permitted: purchaseAt(STRICT_EXCHANGES.denied),
  transaction_type_not_permitted: purchaseOn({}, { type: 'quasi_cash' }),
  channel_not_permitted: purchaseOn(
    {},
    { terminal: { id: TERMINAL_ID, type: 'mail_or_phone', entryMode: 'manual' } },
  ),
  merchant_category_not_permitted: purchaseOn(
    {},
    { merchant: aMerchant({ categoryCode: '7801' }) },
  ),
  country_not_permitted: purchaseOn({}, { merchant: aMerchant({ country: 'KP' }) }),
  currency_not_supported: purchaseOn(
    {},
    { transactionAmount: { value: '26.00', currency: 'USD' } },
  ),
  invalid_amount: purchaseOn({}, { transactionAmount: kzt('0.00') }),
  original_not_found: async (place) => {
    const card = await place.openCard()
    const never = aPurchase(card.token)
    return { card, call: 'increments', body: anIncrement(card.token, never) }
  },
  original_closed: async (place) => {
    const card = await place.openCard()
    const original = aPurchase(card.token)
    await ask(place.client, 'authorizations', original)
    await ask(place.client, 'reversals', aReversalOf(original))
    return { card, call: 'increments', body: anIncrement(card.token, original) }
  },
  refund_exceeds_original: async (place) => {
    const card = await place.openCard()
    const original = aPurchase(card.token, { amount: '1000.00' })
    await ask(place.client, 'authorizations', original)
    await ask(place.client, 'clearings', aClearing(card.token, { original, amount: '900.00' }))
    return { card, call: 'refunds', body: aRefund(card.token, { original, amount: '900.01' }) }
  },
  amount_limit_exceeded: purchaseOn({ card: { limits: { dailyAmount: kzt('12499.99') } } }),
  count_limit_exceeded: purchaseOn({ card: { limits: { dailyCount: 0 } } }),
  asset_suspended: purchaseOn({ asset: 'TON' }),
  rate_unavailable: purchaseAt(STRICT_EXCHANGES.thin, 'BTC'),
  rate_unsafe: async (place) => {
    const card = await place.openCard({ asset: 'SOL' })
    await place.stack.sandbox.pinPrice('bybit', 'SOLUSDT', { bid: '1.00', ask: '1.01' })
    await untilUnsafe(place)
    const undo = () => place.stack.sandbox.unpinPrice('bybit', 'SOLUSDT')
    return { ...purchase(card), undo }
  },
  insufficient_funds: purchaseOn({ holds: '1' }),
  exchange_refused: async (place) => {
    const card = await place.openCard()
    const { walletId = '', userId } = card.body.walletLink ?? {}
    await place.stack.sandbox.putWallet('bybit', walletId, {
      merchantId: MERCHANT_ID,
      userId,
      state: 'suspended',
      balances: { USDT: '1000' },
    })
    return purchase(card)
  },
  exchange_unavailable: troubled('binance', { kind: 'too_many_requests', delayMs: 1_000 }),
  exchange_in_doubt: troubled('bybit', { kind: 'timeout_after' }),
  // A fifth of a second is kept for concluding: with hardly more than that no debit is begun.
  deadline_exceeded: async (place) => ({
    ...purchase(await place.openCard()),
    headers: { 'response-budget-ms': '220' },
  }),
  reversed_before_authorization: async (place) => {
    const card = await place.openCard()
    const body = aPurchase(card.token)
    await ask(place.client, 'reversals', aReversalOf(body))
    return { card, call: 'authorizations', body }
  },
  cleared_before_authorization: async (place) => {
    const card = await place.openCard()
    const body = aPurchase(card.token)
    await ask(place.client, 'clearings', aClearing(card.token, { original: body }))
    return { card, call: 'authorizations', body }
  },
  advised_before_authorization: async (place) => {
    const card = await place.openCard()
    const body = aPurchase(card.token)
    await ask(place.client, 'advices', anAdvice(card.token, { original: body }))
    return { card, call: 'authorizations', body }
  },
  system_malfunction: async (place) => {
    const card = await place.openCard()
    return { card, call: 'authorizations', body: await breakDown(place, card) }
  },
}

function purchase(card: TestCard, body: Partial<AuthorizationBody> = {}): Provoked {
  return { card, call: 'authorizations', body: aPurchase(card.token, body) }
}

function purchaseOn(open: CardOptions, body: Partial<AuthorizationBody> = {}): Provocation {
  return async (place) => purchase(await place.openCard(open), body)
}

/** A card at an exchange that only the strict programme has. */
function purchaseAt(exchange: string, asset: 'USDT' | 'BTC' = 'USDT'): Provocation {
  return async (place) => {
    const card = await place.openCard({ put: false, asset })
    const { walletLink } = card.body
    if (!walletLink) throw new Error('a test card has a wallet')
    const body: CardBody = { ...card.body, walletLink: { ...walletLink, exchange } }
    decided(await place.client.putCard(card.token, body))
    return purchase(card)
  }
}

function troubled(
  exchange: 'bybit' | 'binance',
  fault: { readonly kind: string; readonly delayMs?: number },
): Provocation {
  return async (place) => {
    const card = await place.openCard({ exchange })
    const struck = { exchange, operation: 'debit', wallet: card.wallet, times: 1 } as const
    await place.stack.sandbox.layFault({ ...struck, ...fault })
    return purchase(card)
  }
}

function aMerchant(more: Partial<AuthorizationBody['merchant']>): AuthorizationBody['merchant'] {
  const usual = { id: 'M-1', name: 'Magnum', city: 'Almaty', country: 'KZ', categoryCode: '5411' }
  return { ...usual, ...more }
}

async function untilUnsafe({ client }: Place): Promise<void> {
  const patience = AbortSignal.timeout(20_000)
  for (;;) {
    const { rates } = decided(await client.rates())
    const ours = rates.find(({ exchange, pair }) => exchange === 'bybit' && pair === 'SOL/KZT')
    if (ours?.state === 'unsafe') return
    if (patience.aborted) throw new Error(`the price is still safe: ${JSON.stringify(ours)}`)
    await delay(50)
  }
}

/** How many purchases may be decided before one is caught half-way. */
const ATTEMPTS = 10

/**
 * Nothing of ours says this of itself: it is for an operator, or a later version, that finds a decision impossible. A
 * purchase is being decided while its record is declined so by hand; whoever asks then hears what stands.
 */
async function breakDown(place: Place, card: TestCard): Promise<AuthorizationBody> {
  const debit = { exchange: 'bybit', operation: 'debit', wallet: card.wallet } as const
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    await place.stack.sandbox.layFault({ ...debit, kind: 'delay', delayMs: 500, times: 1 })
    const body = aPurchase(card.token)
    const answered = place.client.authorize(body).then(() => true)
    const isBroken = await breakUntil(answered, place.database, card)
    await answered
    await untilAtRest(place.database, card)
    if (isBroken) return { ...body, repeat: true }
  }
  throw new Error('every purchase was decided before it could be broken')
}

/** Declines what is being decided of a card, if that is seen before the answer. */
async function breakUntil(
  answered: Promise<boolean>,
  { rows }: Database,
  card: TestCard,
): Promise<boolean> {
  do {
    const broken = await rows(
      `UPDATE "authorization"
       SET state = 'declined', decline_reason = 'system_malfunction', concluded_at = clock_timestamp()
       WHERE bank_id = $1 AND card_token = $2 AND state = 'accepted'
       RETURNING id`,
      [card.bank, card.token],
    )
    if (broken.length > 0) return true
  } while (!(await Promise.race([answered, delay(5, false)])))
  return false
}
