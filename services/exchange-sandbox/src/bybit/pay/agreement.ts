import type { Book } from '../../book.ts'
import type { Cabinet, Drawer } from '../../cabinet.ts'
import type { Wallet } from '../../entries.ts'

/** A limit as it was asked for, in minor units. Written back as it came. */
export type Limit = {
  readonly amount: string
  readonly currency: string
  readonly currency_type: string
  readonly chain?: string
  readonly chain_address?: string
}

/** An agreement as a merchant asked for it. Its state lives here until it is signed, then in its wallet. */
export type Offer = {
  readonly agreementNo: string
  /** What opens the sign page. */
  readonly token: string
  readonly terms: OfferTerms
  readonly offeredAt: number
  readonly expiresAt: number
  readonly refusedAt?: number
  readonly userId?: string
  readonly signedAt?: number
  readonly unsignedAt?: number
}

/** What the request said: a repeat must say the same. */
export type OfferTerms = {
  readonly merchantId: string
  readonly externalAgreementNo: string
  readonly agreementType: string
  readonly merchantUserId: string
  readonly sceneCode: string
  readonly productCode: string
  readonly notifyUrl: string
  readonly returnUrl: string
  readonly signExpireMinutes: number
  readonly validTime?: string
  readonly singleLimit?: Limit
  readonly periodLimits: readonly ({ readonly period_type: string } & Limit)[]
}

/** The words of GET /v5/bybitpay/agreement/query. PENDING is not among them: here signing takes no time. */
export type AgreementStatus =
  | 'INIT'
  | 'SIGNED'
  | 'SUSPENDED'
  | 'UNSIGNED'
  | 'EXPIRED'
  | 'FAILED'
  | 'TIMEOUT'

/** What was offered, what was signed, or both: a wallet set over /control was never offered. */
export type Agreed =
  | { readonly offer: Offer; readonly wallet: Wallet | undefined }
  | { readonly offer: undefined; readonly wallet: Wallet }

/** Where the offers are. */
export type AgreementDeps = {
  readonly book: Book
  readonly cabinet: Cabinet
  readonly now: () => number
}

/** The drawer of offers, by the agreement's number. */
export function offersOf(cabinet: Cabinet): Drawer<Offer> {
  return cabinet.open<Offer>('bybit-offers')
}

/** Finds an agreement by Bybit's number or, within a merchant, by the merchant's own. */
export function findAgreement(
  { book, cabinet }: AgreementDeps,
  numbers: { agreementNo: string; externalAgreementNo: string; merchantId?: string },
): Agreed | undefined {
  const offers = offersOf(cabinet)
  const offer =
    offers.find(numbers.agreementNo) ??
    [...offers.values()].find(
      ({ terms }) =>
        terms.externalAgreementNo === numbers.externalAgreementNo &&
        terms.merchantId === (numbers.merchantId ?? terms.merchantId),
    )
  const wallet = book.wallet('bybit', offer?.agreementNo ?? numbers.agreementNo)
  if (offer !== undefined) return { offer, wallet }
  return wallet?.agreement === undefined ? undefined : { offer, wallet }
}

/** The status word at this time. */
export function agreementStatus({ offer, wallet }: Agreed, time: number): AgreementStatus {
  const agreement = wallet?.agreement
  if (agreement !== undefined) {
    const isOver = agreement.state === 'signed' && time >= (agreement.validUntil ?? Infinity)
    return isOver ? 'EXPIRED' : STATUS_BY_STATE[agreement.state]
  }
  if (offer?.refusedAt !== undefined) return 'FAILED'
  return time >= (offer?.expiresAt ?? 0) ? 'TIMEOUT' : 'INIT'
}

const STATUS_BY_STATE = {
  signed: 'SIGNED',
  unsigned: 'UNSIGNED',
  suspended: 'SUSPENDED',
  expired: 'EXPIRED',
} as const
