import { MANDATE_RAILS, type MandateRail } from '@tolem/domain/card'
import type { BankId, CardToken, ExchangeId } from '@tolem/domain/ids'
import {
  MANDATE_REASONS,
  MANDATE_STATES,
  type Mandate,
  type MandateOrder,
} from '@tolem/domain/mandate'
import { type Amount, formatAmount, parseAmount } from '@tolem/money/amount'
import { CRYPTO_ASSETS, type CryptoAsset } from '@tolem/money/asset'
import { z } from 'zod'
import { type Parsed, parseBody } from './body.ts'
import { cardWalletLinkBody } from './card.ts'
import { fingerprintOf } from './request.ts'

const instant = z.iso.datetime({ offset: true })

const cryptoAmount = z
  .strictObject({
    value: z.string().regex(/^(0|[1-9][0-9]{0,15})(\.[0-9]{1,18})?$/, {
      error: 'a decimal text such as "100.50", without sign',
      abort: true,
    }),
    asset: z.enum(CRYPTO_ASSETS),
  })
  .superRefine(({ value, asset }, context) => {
    const parsed = parseAmount(asset, value)
    const message = 'more than nothing, with no more decimals than the asset has'
    if (!parsed.ok || parsed.value === 0n)
      context.addIssue({ code: 'custom', path: ['value'], message })
  })

/** The body of `POST /v1/cards/{cardToken}/mandates`. */
export const mandateBody = z
  .strictObject({
    mandateRequestId: z
      .string()
      .regex(/^[A-Za-z0-9_-]{8,64}$/, '8 to 64 of A-Z a-z 0-9 _ -')
      .meta({ description: 'The bank’s own name for this request, never used for another one' }),
    exchange: cardWalletLinkBody.shape.exchange,
    rail: z.enum(MANDATE_RAILS),
    assets: cardWalletLinkBody.shape.assets.meta({
      description: 'What may be debited, in the cardholder’s order; binance-pay takes one',
    }),
    singleLimit: cryptoAmount
      .optional()
      .meta({ description: 'The largest single debit, in the first asset' }),
  })
  .refine(({ assets, singleLimit }) => !singleLimit || singleLimit.asset === assets[0], {
    path: ['singleLimit', 'asset'],
    error: 'must be the first of the assets',
    when: ({ issues }) => issues.length === 0,
  })

/** What a caller sends. */
export type MandateBody = z.input<typeof mandateBody>

/** What a bank asks for, of one of its cards. */
export type MandateDemand = {
  readonly bank: BankId
  readonly cardToken: CardToken
  readonly requestId: string
  readonly fingerprint: Buffer
  readonly exchange: ExchangeId
  readonly rail: MandateRail
  readonly assets: MandateOrder['assets']
  readonly singleLimit?: Amount<CryptoAsset>
}

/** Reads what `bank` asks for of a card. */
export function parseMandate(
  bank: BankId,
  cardToken: CardToken,
  bytes: Uint8Array,
): Parsed<MandateDemand> {
  const parsed = parseBody(mandateBody, bytes)
  if (!parsed.ok) return parsed
  const { mandateRequestId: requestId, exchange, rail, assets, singleLimit } = parsed.value
  const [first, ...others] = assets
  if (!first) throw new Error('a checked mandate has no asset')
  const limit = singleLimit && toAmount(singleLimit)
  const meaning = { cardToken, exchange, rail, assets, singleLimit: limit?.toString() }
  return {
    ok: true,
    value: {
      bank,
      cardToken,
      requestId,
      fingerprint: fingerprintOf(meaning),
      exchange: exchange as ExchangeId,
      rail,
      assets: [first, ...others],
      ...(limit !== undefined && { singleLimit: limit }),
    },
  }
}

function toAmount({ value, asset }: z.output<typeof cryptoAmount>): Amount<CryptoAsset> {
  const parsed = parseAmount(asset, value)
  if (!parsed.ok) throw new Error('a checked amount does not parse')
  return parsed.value
}

/** The answer about a mandate: as it stands now. */
export const mandateAnswer = z.strictObject({
  mandateId: z.string(),
  mandateRequestId: z.string().optional(),
  cardToken: z.string(),
  exchange: z.string(),
  rail: z.enum(MANDATE_RAILS),
  assets: z.array(z.enum(CRYPTO_ASSETS)),
  singleLimit: z.strictObject({ value: z.string(), asset: z.enum(CRYPTO_ASSETS) }).optional(),
  status: z.enum(MANDATE_STATES).meta({
    description:
      'requested: the exchange has not answered yet; ask for it again. offered: the cardholder can sign by link or ' +
      'code. signed: it pays for the card. ending: it is being ended at the exchange, and pays for nothing. ended, ' +
      'expired and refused stay.',
  }),
  reason: z.enum(MANDATE_REASONS).optional(),
  link: z
    .string()
    .optional()
    .meta({ description: 'Opens the exchange’s app or page. While offered' }),
  qrCode: z
    .string()
    .optional()
    .meta({ description: 'The text to show as a QR code. While offered' }),
  expiresAt: instant.optional().meta({ description: 'Until when it can be signed' }),
  walletId: z
    .string()
    .optional()
    .meta({ description: 'As in the card’s wallet link, once signed' }),
  endsAt: instant.optional().meta({ description: 'When a signed one ends by itself' }),
  createdAt: instant,
  signedAt: instant.optional(),
  endedAt: instant.optional(),
})

/** A mandate as a bank's program reads it. */
export type MandateAnswer = z.output<typeof mandateAnswer>

/** The exact bytes of a mandate's answer. */
export function renderMandate(mandate: Mandate): string {
  const { offer, signed, singleLimit, assets, status } = mandate
  const answer: MandateAnswer = {
    mandateId: mandate.id,
    mandateRequestId: mandate.requestId,
    cardToken: mandate.cardToken,
    exchange: mandate.exchange,
    rail: mandate.rail,
    assets: [...assets],
    singleLimit:
      singleLimit === undefined
        ? undefined
        : { value: formatAmount(assets[0], singleLimit), asset: assets[0] },
    status,
    reason: mandate.reason,
    ...(status === 'offered' && { link: offer?.link, qrCode: offer?.qrCode }),
    expiresAt: toInstant(offer?.expiresAt),
    walletId: signed?.walletId,
    endsAt: toInstant(signed?.endsAt),
    createdAt: new Date(mandate.createdAt).toISOString(),
    signedAt: toInstant(mandate.signedAt),
    endedAt: toInstant(mandate.endedAt),
  }
  return JSON.stringify(answer)
}

function toInstant(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString()
}
