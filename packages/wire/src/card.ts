import {
  CARD_STATUSES,
  type Card,
  type CardLimits,
  RAILS,
  type WalletLink,
} from '@tolem/domain/card'
import type { BankId, CardToken, ExchangeId } from '@tolem/domain/ids'
import type { Amount } from '@tolem/money/amount'
import { CRYPTO_ASSETS } from '@tolem/money/asset'
import { z } from 'zod'
import { type Parsed, parseBody } from './body.ts'
import { fromTenge, tengeAmount, toTenge, type WireAmount } from './fields.ts'

const limits = z.strictObject({
  perTransaction: tengeAmount.optional(),
  dailyAmount: tengeAmount.optional(),
  dailyCount: z.int().min(0).max(100_000).optional(),
  monthlyAmount: tengeAmount.optional(),
})

const walletLink = z.strictObject({
  exchange: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,31}$/, 'an exchange of the programme, such as bybit'),
  rail: z.enum(RAILS),
  walletId: z
    .string()
    .regex(
      /^[A-Za-z0-9._@+-]{1,128}$/,
      'the mandate’s agreement number or the sub-account’s e-mail',
    ),
  userId: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,64}$/, '1 to 64 of A-Z a-z 0-9 . _ -')
    .optional(),
  assets: z
    .array(z.enum(CRYPTO_ASSETS))
    .min(1)
    .max(CRYPTO_ASSETS.length)
    .refine((list) => new Set(list).size === list.length, 'each asset at most once'),
})

/** The body of `PUT /v1/cards/{cardToken}`: the whole card as it shall be. */
export const cardBody = z.strictObject({
  status: z.enum(CARD_STATUSES),
  expiresOn: z
    .string()
    .regex(/^20[0-9]{2}-(0[1-9]|1[0-2])$/, 'YYYY-MM')
    .meta({ description: 'DE14: the last month in which the card pays' }),
  lastFour: z
    .string()
    .regex(/^[0-9]{4}$/, '4 digits')
    .optional(),
  limits: limits.default({}),
  walletLink: walletLink.optional(),
})

/** What a caller sends. */
export type CardBody = z.input<typeof cardBody>

/** A card as a bank wants it; its version is the database's matter. */
export type CardRequest = Omit<Card, 'version'>

/** Reads a card that `bank` signed. */
export function parseCard(bank: BankId, token: CardToken, bytes: Uint8Array): Parsed<CardRequest> {
  const parsed = parseBody(cardBody, bytes)
  if (!parsed.ok) return parsed
  const { status, expiresOn, lastFour, walletLink: link } = parsed.value
  return {
    ok: true,
    value: {
      bank,
      token,
      status,
      expiresOn,
      ...(lastFour !== undefined && { lastFour }),
      limits: toLimits(parsed.value.limits),
      controls: {},
      ...(link && { walletLink: toWalletLink(link) }),
    },
  }
}

/** The answer to `PUT /v1/cards/{cardToken}`. */
export const cardAnswer = cardBody.extend({ cardToken: z.string(), version: z.int() })

/** The exact bytes of a card's answer. */
export function renderCard(card: Card): string {
  const { perTransaction, dailyAmount, dailyCount, monthlyAmount } = card.limits
  return JSON.stringify({
    cardToken: card.token,
    version: card.version,
    status: card.status,
    expiresOn: card.expiresOn,
    lastFour: card.lastFour,
    limits: {
      perTransaction: fromOptionalTenge(perTransaction),
      dailyAmount: fromOptionalTenge(dailyAmount),
      dailyCount,
      monthlyAmount: fromOptionalTenge(monthlyAmount),
    },
    walletLink: card.walletLink,
  })
}

function fromOptionalTenge(amount: Amount<'KZT'> | undefined): WireAmount | undefined {
  return amount === undefined ? undefined : fromTenge(amount)
}

function toLimits(given: z.output<typeof limits>): CardLimits {
  const { perTransaction, dailyAmount, dailyCount, monthlyAmount } = given
  return {
    ...(perTransaction && { perTransaction: toTenge(perTransaction) }),
    ...(dailyAmount && { dailyAmount: toTenge(dailyAmount) }),
    ...(dailyCount !== undefined && { dailyCount }),
    ...(monthlyAmount && { monthlyAmount: toTenge(monthlyAmount) }),
  }
}

function toWalletLink(given: z.output<typeof walletLink>): WalletLink {
  const [first, ...others] = given.assets
  if (!first) throw new Error('a checked wallet link has no asset')
  return {
    exchange: given.exchange as ExchangeId,
    rail: given.rail,
    walletId: given.walletId,
    ...(given.userId !== undefined && { userId: given.userId }),
    assets: [first, ...others],
  }
}
