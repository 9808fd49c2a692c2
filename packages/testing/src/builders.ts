import type { AuthorizationRequest, NetworkKey } from '@tolem/domain/authorization'
import type { Card, WalletLink } from '@tolem/domain/card'
import {
  type AuthorizationId,
  type BankId,
  type CardToken,
  type ExchangeId,
  movementReference,
  type QuoteId,
  type ReversalId,
} from '@tolem/domain/ids'
import type { DebitOrder } from '@tolem/domain/movement'
import type { Quote } from '@tolem/domain/quote'
import { amountOf } from '@tolem/money/amount'
import type { Rate } from '@tolem/money/rate'
import { fingerprintOf, next, nextUuid } from './unique.ts'

/** 2026-11-22T10:00:00Z, three in the afternoon in Almaty. */
export const NOON = Date.UTC(2026, 10, 22, 10)

const HALYK = 'halyk' as BankId
const BYBIT = 'bybit' as ExchangeId

export const anAuthorizationId = () => `aut_${nextUuid()}` as AuthorizationId
export const aReversalId = () => `rev_${nextUuid()}` as ReversalId

/** A mandate on a customer's own wallet. */
export function aWallet(change: Partial<WalletLink> = {}): WalletLink {
  return {
    exchange: BYBIT,
    rail: 'bybit-pay',
    walletId: 'AGR0001',
    userId: 'U0001',
    assets: ['USDT'],
    ...change,
  }
}

/** An active card without limits, with a wallet. */
export function aCard(change: Partial<Card> = {}): Card {
  return {
    bank: HALYK,
    token: 'ct_halyk_0001' as CardToken,
    version: 1,
    status: 'active',
    expiresOn: '2028-12',
    lastFour: '0001',
    limits: {},
    controls: {},
    walletLink: aWallet(),
    ...change,
  }
}

/** A key that no other message of this file has. */
export function aNetworkKey(change: Partial<NetworkKey> = {}): NetworkKey {
  const number = next()
  return {
    acquirerId: '400001',
    terminalId: 'T0000001',
    systemTraceAuditNumber: String(number % 1_000_000).padStart(6, '0'),
    retrievalReferenceNumber: String(632_600_000_000 + number),
    localDateTime: '2026-11-22T15:00:00',
    ...change,
  }
}

/** A purchase of 12,500 tenge under a network key of its own. */
export function anAuthorizationRequest(
  change: Partial<AuthorizationRequest> = {},
): AuthorizationRequest {
  const request = {
    bank: HALYK,
    kind: 'authorization',
    original: undefined,
    type: 'purchase',
    cardToken: 'ct_halyk_0001' as CardToken,
    networkKey: aNetworkKey(),
    billing: amountOf('KZT', 1_250_000n),
    cashback: undefined,
    isPartialApprovalSupported: false,
    isFinal: false,
    isPreauthorization: false,
    terminalType: 'pos',
    merchantCategoryCode: '5411',
    merchantCountry: 'KZ',
    ...change,
  } as const
  return { fingerprint: fingerprintOf(request), ...request }
}

/** A quote for 12,500 tenge in USDT at 474.20 less half a per cent. */
export function aQuote(change: Partial<Quote> = {}): Quote {
  return {
    id: `qte_${nextUuid()}` as QuoteId,
    exchange: BYBIT,
    asset: 'USDT',
    billing: amountOf('KZT', 1_250_000n),
    fee: amountOf('KZT', 12_500n),
    debit: amountOf('USDT', 2_675_751_900n),
    spread: amountOf('KZT', 6_341n),
    spreadBasisPoints: 50,
    mid: '474.3' as Rate,
    bid: '474.2' as Rate,
    applied: '471.829' as Rate,
    observedAt: NOON - 200,
    ageMs: 200,
    sources: [
      {
        exchange: BYBIT,
        pair: 'USDT/KZT',
        bid: '474.2' as Rate,
        ask: '474.4' as Rate,
        observedAt: NOON - 200,
      },
    ],
    ...change,
  }
}

type NewAuthorizationParts = {
  readonly id?: AuthorizationId
  readonly card?: Card
  readonly request?: Partial<AuthorizationRequest>
  readonly quote?: Partial<Quote>
  readonly day?: string
  readonly decidedWithinMs?: number
  /** Of an increment. */
  readonly parent?: AuthorizationId
}

/** What ACCEPT is given for a purchase that every check in memory let through. */
export function aNewAuthorization(parts: NewAuthorizationParts = {}) {
  const { id = anAuthorizationId(), card = aCard(), day = '2026-11-22' } = parts
  const request = anAuthorizationRequest({
    bank: card.bank,
    cardToken: card.token,
    ...parts.request,
  })
  const quote = aQuote({ billing: request.billing ?? amountOf('KZT', 0n), ...parts.quote })
  const order: DebitOrder = {
    reference: movementReference(id, 'debit', 1),
    wallet: card.walletLink ?? aWallet(),
    asset: quote.asset,
    amount: quote.debit,
  }
  const { decidedWithinMs = 2_000 } = parts
  return {
    id,
    request,
    receivedAt: NOON,
    requestBody: '{}',
    parent: parts.parent,
    plan: {
      kind: 'intend',
      outcome: 'approved',
      card,
      billing: quote.billing,
      debits: [{ order, quote }],
      day,
      holdUntil:
        request.isFinal || request.kind === 'increment' ? undefined : NOON + 7 * 86_400_000,
      validForMs: 1_000,
      decidedWithinMs,
    },
  } as const
}
