import type { Agreement, PeriodLimit, Wallet } from '../../entries.ts'
import type { Courier } from '../../notices/courier.ts'
import {
  type Agreed,
  type AgreementDeps,
  type AgreementStatus,
  agreementStatus,
  type Offer,
  offersOf,
} from './agreement.ts'
import { agreementNotice } from './pay-notices.ts'
import { dayText } from './trade.ts'

/** What changes agreements, and tells merchants of it. */
export type ChangeDeps = AgreementDeps & { readonly courier: Courier }

/** Whoever signs, and with what behind it. */
export type Signing = {
  readonly userId?: string
  readonly balances: ReadonlyMap<string, bigint>
  readonly magic: boolean
}

/** The cardholder's yes: opens the wallet that the agreement debits. Only what is offered and not timed out. */
export async function signAgreement(
  deps: ChangeDeps,
  agreed: Agreed,
  signing: Signing,
): Promise<boolean> {
  const { offer } = agreed
  const time = deps.now()
  if (offer === undefined || agreementStatus(agreed, time) !== 'INIT') return false
  // Twelve digits at most: a longer run could look like a card number by chance.
  const userId = signing.userId ?? `U_${dayText(time)}${offer.token.slice(0, 4)}`
  const signed: Offer = { ...offer, userId, signedAt: time }
  await offersOf(deps.cabinet).put(offer.agreementNo, signed)
  await deps.book.putWallet({
    exchange: 'bybit',
    id: offer.agreementNo,
    agreement: agreementOf(signed, userId, signing.magic),
    balances: new Map(signing.balances),
  })
  tell(deps, signed, { event: 'SIGNED' })
  return true
}

/** The cardholder's no, which ends the offer. */
export async function refuseAgreement(deps: ChangeDeps, agreed: Agreed): Promise<boolean> {
  const { offer } = agreed
  const refusedAt = deps.now()
  if (offer === undefined || agreementStatus(agreed, refusedAt) !== 'INIT') return false
  const refused: Offer = { ...offer, refusedAt }
  await offersOf(deps.cabinet).put(offer.agreementNo, refused)
  tell(deps, refused, { event: 'FAILED' })
  return true
}

/** Ends what is signed or suspended. Refunds stay possible. */
export async function unsignAgreement(
  deps: ChangeDeps,
  agreed: Agreed,
  unsignType: 'USER' | 'MERCHANT' | 'SYSTEM',
): Promise<boolean> {
  const isChanged = await change(deps, agreed, { from: ['SIGNED', 'SUSPENDED'], to: 'unsigned' })
  if (!isChanged || agreed.offer === undefined) return isChanged
  const unsigned: Offer = { ...agreed.offer, unsignedAt: deps.now() }
  await offersOf(deps.cabinet).put(unsigned.agreementNo, unsigned)
  tell(deps, unsigned, { event: 'UNSIGNED', unsignType })
  return true
}

/** Stops payments until it is resumed. */
export async function suspendAgreement(deps: ChangeDeps, agreed: Agreed): Promise<boolean> {
  const isChanged = await change(deps, agreed, { from: ['SIGNED'], to: 'suspended' })
  if (isChanged) tell(deps, agreed.offer, { event: 'SUSPENDED' })
  return isChanged
}

/** Lets a suspended agreement pay again. */
export async function resumeAgreement(deps: ChangeDeps, agreed: Agreed): Promise<boolean> {
  const isChanged = await change(deps, agreed, { from: ['SUSPENDED'], to: 'signed' })
  if (isChanged) tell(deps, agreed.offer, { event: 'RESUMED' })
  return isChanged
}

async function change(
  { book, now }: ChangeDeps,
  agreed: Agreed,
  step: { readonly from: readonly AgreementStatus[]; readonly to: Agreement['state'] },
): Promise<boolean> {
  const { wallet } = agreed
  if (wallet?.agreement === undefined) return false
  if (!step.from.includes(agreementStatus(agreed, now()))) return false
  await book.putWallet({ ...wallet, agreement: { ...wallet.agreement, state: step.to } })
  return true
}

function tell(
  deps: ChangeDeps,
  offer: Offer | undefined,
  change: Parameters<typeof agreementNotice>[1],
): void {
  if (offer !== undefined) deps.courier.send(agreementNotice(offer, change, deps.now()))
}

function agreementOf(
  { terms }: Offer,
  userId: string,
  magic: boolean,
): NonNullable<Wallet['agreement']> {
  const { singleLimit, validTime } = terms
  return {
    merchantId: terms.merchantId,
    userId,
    agreementType: terms.agreementType,
    state: 'signed',
    singleLimit:
      singleLimit === undefined ? {} : { [singleLimit.currency]: BigInt(singleLimit.amount) },
    periodLimits: terms.periodLimits.map(({ period_type, currency, amount }) => ({
      period: period_type as PeriodLimit['period'],
      asset: currency,
      units: amount,
    })),
    ...(validTime === undefined ? {} : { validUntil: Date.parse(validTime) }),
    magic,
  }
}
