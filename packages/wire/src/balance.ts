import type { TerminalType } from '@tolem/domain/authorization'
import type { DeclineReason } from '@tolem/domain/decision'
import type { BankId, CardToken, ExchangeId } from '@tolem/domain/ids'
import { type Amount, add, amountOf, formatAmount } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import { z } from 'zod'
import { type Parsed, parseBody } from './body.ts'
import { anyAmount, fromTenge } from './fields.ts'
import { APPROVED_MESSAGES, DECLINE_MESSAGES } from './messages.ts'
import { requestShape } from './request.ts'
import type { ResponseCodeTable } from './response-codes.ts'

const {
  cardToken,
  acquirerId,
  systemTraceAuditNumber,
  retrievalReferenceNumber,
  localDateTime,
  terminal,
  merchant,
  transmittedAt,
  repeat,
} = requestShape

/** The body of `POST /v1/balance-inquiries` (0100 with processing code 30). */
export const balanceInquiryBody = z.strictObject({
  cardToken,
  acquirerId,
  systemTraceAuditNumber,
  retrievalReferenceNumber,
  localDateTime,
  terminal,
  merchant,
  transmittedAt,
  repeat,
})

/** What a caller sends. */
export type BalanceInquiryBody = z.input<typeof balanceInquiryBody>

/** A balance inquiry as we understood it. Nothing of it is stored, so its network key means nothing to us. */
export type BalanceInquiry = {
  readonly bank: BankId
  readonly cardToken: CardToken
  readonly terminalType: TerminalType
  readonly merchantCategoryCode: string
  readonly merchantCountry: string
}

/** Reads a balance inquiry that `bank` signed. */
export function parseBalanceInquiry(bank: BankId, bytes: Uint8Array): Parsed<BalanceInquiry> {
  const parsed = parseBody(balanceInquiryBody, bytes)
  if (!parsed.ok) return parsed
  const { terminal: at, merchant: of } = parsed.value
  return {
    ok: true,
    value: {
      bank,
      cardToken: parsed.value.cardToken as CardToken,
      terminalType: at.type,
      merchantCategoryCode: of.categoryCode,
      merchantCountry: of.country,
    },
  }
}

/** The answer to a balance inquiry: a decision. */
export const balanceAnswer = z.strictObject({
  decision: z.enum(['approved', 'declined']),
  responseCode: z.string().meta({ description: 'DE39' }),
  reason: z.string().optional(),
  available: anyAmount.optional().meta({
    description: 'DE54, amount type 02: the tenge that the counted assets would buy now, together',
  }),
  assets: z
    .array(
      z.strictObject({
        exchange: z.string(),
        asset: z.string(),
        amount: z.string().meta({ description: 'what the wallet holds, in whole coins' }),
        available: anyAmount.meta({ description: 'less spread and fee, rounded down' }),
      }),
    )
    .optional()
    .meta({ description: 'in the cardholder’s order' }),
  notCounted: z
    .array(z.strictObject({ exchange: z.string(), asset: z.string(), reason: z.string() }))
    .optional()
    .meta({ description: 'assets of the wallet that cannot be priced or paid with now, and why' }),
  messages: z.strictObject({ kk: z.string(), ru: z.string(), en: z.string() }),
})
export type BalanceAnswer = z.output<typeof balanceAnswer>

/** What one asset of a wallet is good for. */
export type AssetBalance = {
  readonly exchange: ExchangeId
  readonly asset: CryptoAsset
} & (
  | {
      readonly kind: 'counted'
      readonly amount: Amount<CryptoAsset>
      readonly available: Amount<'KZT'>
    }
  | { readonly kind: 'not_counted'; readonly reason: DeclineReason }
)

/** The bytes of an approved balance inquiry's answer, in the codes of its bank. */
export function renderBalance(balances: readonly AssetBalance[], codes: ResponseCodeTable): string {
  const counted = balances.filter((balance) => balance.kind === 'counted')
  const total = counted.reduce((sum, { available }) => add(sum, available), amountOf('KZT', 0n))
  const answer: BalanceAnswer = {
    decision: 'approved',
    responseCode: codes.approved,
    available: fromTenge(total),
    assets: counted.map(({ exchange, asset, amount, available }) => ({
      exchange,
      asset,
      amount: formatAmount(asset, amount),
      available: fromTenge(available),
    })),
    notCounted: balances
      .filter((balance) => balance.kind === 'not_counted')
      .map(({ exchange, asset, reason }) => ({ exchange, asset, reason })),
    messages: APPROVED_MESSAGES,
  }
  return JSON.stringify(answer)
}

/** The bytes of a declined balance inquiry's answer, in the codes of its bank. */
export function renderBalanceDecline(reason: DeclineReason, codes: ResponseCodeTable): string {
  const answer: BalanceAnswer = {
    decision: 'declined',
    responseCode: codes[reason],
    reason,
    messages: DECLINE_MESSAGES[reason],
  }
  return JSON.stringify(answer)
}
