import { hash } from 'node:crypto'
import type { AdviceRequest } from '@tolem/domain/advice'
import type { AuthorizationRequest, NetworkKey } from '@tolem/domain/authorization'
import type { Card, WalletLink } from '@tolem/domain/card'
import type { ClearingRequest } from '@tolem/domain/clearing'
import {
  type AuthorizationId,
  type BankId,
  type CardToken,
  type ClearingId,
  type ExchangeId,
  movementReference,
  type QuoteId,
  type RefundId,
  type ReversalId,
} from '@tolem/domain/ids'
import type { DebitOrder } from '@tolem/domain/movement'
import type { Quote } from '@tolem/domain/quote'
import type { RefundRate, RefundRequest } from '@tolem/domain/refund'
import type { ReversalRequest } from '@tolem/domain/reversal'
import { amountOf } from '@tolem/money/amount'
import type { Rate } from '@tolem/money/rate'

/** 2026-11-22T10:00:00Z, three in the afternoon in Almaty. */
export const NOON = Date.UTC(2026, 10, 22, 10)

const HALYK = 'halyk' as BankId
const BYBIT = 'bybit' as ExchangeId

let count = 0

/** Never the same number twice in one file, and the same numbers in every run. */
function next(): number {
  count += 1
  return count
}

function nextUuid(): string {
  return `019a1b2c-3d4e-7f50-8a6b-${next().toString(16).padStart(12, '0')}`
}

export const anAuthorizationId = () => `aut_${nextUuid()}` as AuthorizationId
export const aReversalId = () => `rev_${nextUuid()}` as ReversalId

/** The body of `POST /v1/authorizations`, as a bank sends it: a purchase of 12,500 tenge. */
export function anAuthorizationBody(change: Readonly<Record<string, unknown>> = {}) {
  return {
    type: 'purchase',
    cardToken: 'ct_halyk_0001',
    transactionAmount: { value: '12500.00', currency: 'KZT' },
    partialApprovalSupported: false,
    acquirerId: '400001',
    terminal: { id: 'T0000001', type: 'pos', entryMode: 'contactless', pinEntered: false },
    merchant: {
      id: 'M00000000000001',
      name: 'Magnum Cash & Carry',
      city: 'Almaty',
      country: 'KZ',
      categoryCode: '5411',
    },
    systemTraceAuditNumber: '000001',
    retrievalReferenceNumber: '632600000001',
    localDateTime: '2026-11-22T15:00:00',
    transmittedAt: '2026-11-22T10:00:00Z',
    ...change,
  }
}

/** The body of `POST /v1/reversals`: no answer came to the authorization of {@link anAuthorizationBody}. */
export function aReversalBody(change: Readonly<Record<string, unknown>> = {}) {
  return {
    original: {
      acquirerId: '400001',
      terminalId: 'T0000001',
      systemTraceAuditNumber: '000001',
      retrievalReferenceNumber: '632600000001',
      localDateTime: '2026-11-22T15:00:00',
    },
    reason: 'no_response',
    acquirerId: '400001',
    terminalId: 'T0000001',
    systemTraceAuditNumber: '000002',
    retrievalReferenceNumber: '632600000001',
    localDateTime: '2026-11-22T15:00:02',
    transmittedAt: '2026-11-22T10:00:02Z',
    ...change,
  }
}

/** The body of `PUT /v1/cards/{cardToken}`: an active card with every limit and a wallet. */
export function aCardBody(change: Readonly<Record<string, unknown>> = {}) {
  return {
    status: 'active',
    expiresOn: '2028-12',
    lastFour: '0001',
    limits: {
      perTransaction: { value: '500000.00', currency: 'KZT' },
      dailyAmount: { value: '1000000.00', currency: 'KZT' },
      dailyCount: 50,
      monthlyAmount: { value: '5000000.00', currency: 'KZT' },
    },
    walletLink: { ...aWallet() },
    ...change,
  }
}

/** A mandate on a customer's own wallet. */
function aWallet(change: Partial<WalletLink> = {}): WalletLink {
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
  const debit: DebitOrder = {
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
      quote,
      debit,
      day,
      holdUntil:
        request.isFinal || request.kind === 'increment' ? undefined : NOON + 7 * 86_400_000,
      validForMs: 1_000,
      decidedWithinMs,
    },
  } as const
}

/** What a reversal is made durable with: by network key unless told. */
export function aNewReversal(
  request: Pick<ReversalRequest, 'original'> & Partial<ReversalRequest>,
) {
  const id = aReversalId()
  const meaning = {
    bank: HALYK,
    reason: 'no_response',
    replacement: undefined,
    networkKey: aNetworkKey(),
    ...request,
  } as const
  return {
    id,
    request: { fingerprint: fingerprintOf(meaning), ...meaning },
    receivedAt: NOON,
    requestBody: '{}',
    render: (found: object) => textOf({ reversalId: id, ...found }),
  } as const
}

/** A last presentment of 12,500 tenge under a network key of its own: a force post unless it names an original. */
export function aNewClearing(request: Partial<ClearingRequest> = {}) {
  const id = `clr_${nextUuid()}` as ClearingId
  const meaning = {
    bank: HALYK,
    original: undefined,
    cardToken: 'ct_halyk_0001' as CardToken,
    amount: amountOf('KZT', 1_250_000n),
    isLast: true,
    networkKey: aNetworkKey(),
    ...request,
  } as const
  return {
    id,
    request: { fingerprint: fingerprintOf(meaning), ...meaning },
    receivedAt: NOON,
    requestBody: '{}',
    render: (found: object) => textOf({ clearingId: id, ...found }),
  } as const
}

/** A refund of 12,500 tenge at the rate that was paid, or else at 480 tenge for one USDT. */
export function aNewRefund(request: Partial<RefundRequest> = {}, rate: RefundRate = 'original') {
  const id = `rfd_${nextUuid()}` as RefundId
  const meaning = {
    bank: HALYK,
    original: undefined,
    cardToken: 'ct_halyk_0001' as CardToken,
    amount: amountOf('KZT', 1_250_000n),
    networkKey: aNetworkKey(),
    ...request,
  } as const
  return {
    id,
    request: { fingerprint: fingerprintOf(meaning), ...meaning },
    receivedAt: NOON,
    requestBody: '{}',
    rate,
    presentRate: (): Rate | undefined => '480' as Rate,
    render: (found: object) => textOf({ refundId: id, ...found }),
  } as const
}

/** A purchase of 12,500 tenge that the bank approved in our place, held for a week. */
export function aNewAdvice(request: Partial<AdviceRequest> = {}) {
  const id = anAuthorizationId()
  const meaning = {
    bank: HALYK,
    original: undefined,
    isApproved: true,
    reason: 'issuer_timed_out',
    type: 'purchase',
    cardToken: 'ct_halyk_0001' as CardToken,
    billing: amountOf('KZT', 1_250_000n),
    isFinal: false,
    isPreauthorization: false,
    terminalType: 'pos',
    merchantCategoryCode: '5411',
    merchantCountry: 'KZ',
    networkKey: aNetworkKey(),
    ...request,
  } as const
  return {
    id,
    request: { fingerprint: fingerprintOf(meaning), ...meaning },
    receivedAt: NOON,
    requestBody: '{}',
    holdUntil: NOON + 7 * 86_400_000,
    day: '2026-11-22',
    rate: 'present',
    render: (found: object) => textOf({ advice: id, ...found }),
  } as const
}

function fingerprintOf(meaning: object): Buffer {
  return hash('sha256', textOf(meaning), 'buffer')
}

/** JSON with every amount as a text. */
function textOf(value: object): string {
  return JSON.stringify(value, (_key, one) => (typeof one === 'bigint' ? String(one) : one))
}
