import { AUTHORIZATION_TYPES, type AuthorizationType } from '@tolem/domain/authorization'
import type { Controls } from '@tolem/domain/controls'
import type { BankId } from '@tolem/domain/ids'
import { REFUND_RATES, type RefundRate } from '@tolem/domain/refund'
import type { Amount } from '@tolem/money/amount'
import { z } from 'zod'
import { fromControls } from './controls.ts'
import { anyAmount, fromTenge } from './fields.ts'

const lists = z.strictObject({
  allow: z.array(z.string()).optional(),
  deny: z.array(z.string()).optional(),
})

const controls = z.strictObject({
  types: lists.optional(),
  channels: lists.optional(),
  merchantCategories: lists.optional(),
  countries: lists.optional(),
  exchanges: lists.optional(),
  limits: z
    .array(
      z.strictObject({
        types: z.array(z.string()).optional(),
        channels: z.array(z.string()).optional(),
        window: z.strictObject({
          kind: z.enum(['transaction', 'day', 'month', 'rolling']),
          hours: z.int().optional(),
        }),
        amount: anyAmount.optional(),
        count: z.int().optional(),
      }),
    )
    .optional(),
})

const caps = z.strictObject({
  dayAmount: anyAmount.optional(),
  monthAmount: anyAmount.optional(),
})

/** The answer to `GET /v1/banks/me`: what the programme says of the calling bank. Never a secret. */
export const bankAnswer = z.strictObject({
  bankId: z.string(),
  name: z.string(),
  responseBudgetMs: z.int(),
  authorizationTypes: z.array(z.enum(AUTHORIZATION_TYPES)),
  spreadBasisPoints: z.int(),
  feeBasisPoints: z.int(),
  cashFeeBasisPoints: z.int().meta({ description: 'of what hands out cash' }),
  refundRate: z.enum(REFUND_RATES).meta({ description: 'of a refund that names its purchase' }),
  controls: z
    .strictObject({ programme: controls, bank: controls })
    .meta({ description: 'a card’s own controls come on top: all levels must permit' }),
  caps: z
    .strictObject({ programme: caps, bank: caps })
    .meta({ description: 'of all cards together, in Asia/Almaty days and months' }),
  thresholds: z.array(
    z.strictObject({
      what: z.string(),
      amount: anyAmount,
      effectiveFrom: z.string(),
      legalReference: z.string(),
    }),
  ),
  holdPeriods: z
    .strictObject({
      days: z.int(),
      preauthorizationDays: z.int(),
      byMerchantCategory: z.record(z.string(), z.int()),
    })
    .meta({ description: 'days for which an approval is held while no clearing comes' }),
  keys: z.array(z.strictObject({ keyId: z.string(), algorithm: z.string() })),
})
export type BankAnswer = z.output<typeof bankAnswer>

/** A bank as its programme describes it. Amounts are in tiyn. */
export type BankDescription = {
  readonly id: BankId
  readonly name: string
  readonly responseBudgetMs: number
  readonly authorizationTypes: readonly AuthorizationType[]
  readonly spreadBasisPoints: number
  readonly feeBasisPoints: number
  readonly cashFeeBasisPoints: number
  readonly refundRate: RefundRate
  readonly controls: { readonly programme: Controls; readonly bank: Controls }
  readonly caps: { readonly programme: Caps; readonly bank: Caps }
  readonly thresholds: readonly {
    readonly what: string
    readonly amount: Amount<'KZT'>
    readonly effectiveFrom: string
    readonly legalReference: string
  }[]
  readonly holdPeriods: {
    readonly days: number
    readonly preauthorizationDays: number
    readonly byMerchantCategory: Readonly<Record<string, number>>
  }
  readonly keys: readonly { readonly keyId: string; readonly algorithm: string }[]
}

type Caps = {
  readonly dayAmount?: Amount<'KZT'> | undefined
  readonly monthAmount?: Amount<'KZT'> | undefined
}

/** The bytes of a bank's description. Each field is named here: what a programme gains later is not told by itself. */
export function renderBank(bank: BankDescription): string {
  const { days, preauthorizationDays, byMerchantCategory } = bank.holdPeriods
  const answer = {
    bankId: bank.id,
    name: bank.name,
    responseBudgetMs: bank.responseBudgetMs,
    authorizationTypes: bank.authorizationTypes,
    spreadBasisPoints: bank.spreadBasisPoints,
    feeBasisPoints: bank.feeBasisPoints,
    cashFeeBasisPoints: bank.cashFeeBasisPoints,
    refundRate: bank.refundRate,
    controls: {
      programme: fromControls(bank.controls.programme),
      bank: fromControls(bank.controls.bank),
    },
    caps: { programme: toCaps(bank.caps.programme), bank: toCaps(bank.caps.bank) },
    thresholds: bank.thresholds.map(({ what, amount, effectiveFrom, legalReference }) => ({
      what,
      amount: fromTenge(amount),
      effectiveFrom,
      legalReference,
    })),
    holdPeriods: { days, preauthorizationDays, byMerchantCategory },
    keys: bank.keys.map(({ keyId, algorithm }) => ({ keyId, algorithm })),
  }
  return JSON.stringify(answer)
}

function toCaps({ dayAmount, monthAmount }: Caps): object {
  return {
    ...(dayAmount !== undefined && { dayAmount: fromTenge(dayAmount) }),
    ...(monthAmount !== undefined && { monthAmount: fromTenge(monthAmount) }),
  }
}
