import type { AdviceRequest } from '@tolem/domain/advice'
import type { ClearingRequest } from '@tolem/domain/clearing'
import type { BankId, CardToken, ClearingId, RefundId } from '@tolem/domain/ids'
import type { RefundRate, RefundRequest } from '@tolem/domain/refund'
import type { ReversalRequest } from '@tolem/domain/reversal'
import { amountOf } from '@tolem/money/amount'
import type { Rate } from '@tolem/money/rate'
import { aNetworkKey, anAuthorizationId, aReversalId, NOON } from './builders.ts'
import { fingerprintOf, nextUuid, textOf } from './unique.ts'

const HALYK = 'halyk' as BankId

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
