import { AUTHORIZATION_TYPES, TERMINAL_TYPES } from '@tolem/domain/authorization'
import type { Controls } from '@tolem/domain/controls'
import { findControlsMistakes, isBackwards } from '@tolem/domain/controls-mistakes'
import { APPROVAL_OUTCOMES, DECLINE_REASONS } from '@tolem/domain/decision'
import type { BankId } from '@tolem/domain/ids'
import { REFUND_RATES } from '@tolem/domain/refund'
import { parseAmount } from '@tolem/money/amount'
import { isCryptoAsset } from '@tolem/money/asset'
import { z } from 'zod'
import { exchange } from './exchange-schema.ts'
import { basisPoints, day, host, name, positiveMs, secretReference, webhookUrl } from './fields.ts'
import { findProgrammeMistakes } from './mistakes.ts'

const tenge = z.string().transform((text, context) => {
  const parsed = parseAmount('KZT', text)
  if (!parsed.ok)
    context.addIssue({ code: 'custom', message: `not an amount of tenge: ${parsed.reason}` })
  return parsed.ok ? parsed.value : z.NEVER
})

/** DE39 for every outcome that an answer can have. */
const RESPONSE_OUTCOMES = [...APPROVAL_OUTCOMES, ...DECLINE_REASONS] as const
const responseCode = z
  .string({ error: ({ input }) => (input === undefined ? 'has no response code' : undefined) })
  .regex(/^[0-9A-Z]{2}$/, 'two digits or capital letters')

/** One list of what is allowed and one of what is denied. */
const allowAndDeny = <T extends string>(item: z.ZodType<T>) =>
  z.strictObject({ allow: z.array(item).optional(), deny: z.array(item).optional() })

const limit = z.strictObject({
  types: z
    .array(z.enum([...AUTHORIZATION_TYPES, 'cash']))
    .min(1)
    .optional(),
  channels: z.array(z.enum(TERMINAL_TYPES)).min(1).optional(),
  window: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('transaction') }),
    z.strictObject({ kind: z.literal('day') }),
    z.strictObject({ kind: z.literal('month') }),
    z.strictObject({ kind: z.literal('rolling'), hours: z.int().min(1).max(744) }),
  ]),
  amount: tenge.optional(),
  count: z.int().min(0).max(100_000).optional(),
})

/** What may be done at one level, for every card of it. */
const controls = z
  .strictObject({
    types: allowAndDeny(z.enum(AUTHORIZATION_TYPES)).optional(),
    channels: allowAndDeny(z.enum(TERMINAL_TYPES)).optional(),
    merchantCategories: allowAndDeny(
      z.string().regex(/^[0-9]{4}(-[0-9]{4})?$/, 'four digits, or a range such as 5000-5999'),
    ).optional(),
    countries: allowAndDeny(
      z.string().regex(/^[A-Z]{2}$/, 'an ISO 3166 code such as KZ'),
    ).optional(),
    exchanges: allowAndDeny(name).optional(),
    limits: z.array(limit).max(32).optional(),
  })
  .transform((given) => given as Controls)
  .superRefine((given, context) => {
    for (const { path, message } of findControlsMistakes(given))
      context.addIssue({ code: 'custom', path: [...path], message })
  })

/** What all cards of a level together may do in one Asia/Almaty day and month. */
const caps = z.strictObject({ dayAmount: tenge.optional(), monthAmount: tenge.optional() })

/** For how many days an approval is held while no clearing comes, from its receipt on. */
const holdDays = z.int().min(1).max(31)
const holdPeriods = z.strictObject({
  days: holdDays.default(7),
  preauthorizationDays: holdDays.default(30),
  /** Where the merchant's category has a period of its own: four digits, or a range. */
  byMerchantCategory: z
    .record(
      z
        .string()
        .regex(/^[0-9]{4}(-[0-9]{4})?$/)
        .refine((range) => !isBackwards(range), 'ends before it begins'),
      holdDays,
    )
    .default({}),
})

/** Where a bank is told of what happens, by Standard Webhooks. */
const webhook = z.strictObject({
  url: webhookUrl,
  /** What events are signed with, by reference: `whsec_` and 24 to 64 bytes in base64. */
  secret: secretReference,
  /** The secret before it, while the bank still verifies by that: events then bear both signatures. */
  previousSecret: secretReference.optional(),
})

const bank = z.strictObject({
  id: name.transform((text) => text as BankId),
  name: z.string().min(1),
  responseBudgetMs: z.int().min(300).max(3_000).default(1_000),
  keys: z
    .array(
      z.strictObject({
        keyId: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
        algorithm: z.enum(['hmac-sha256', 'ed25519']),
        /** The shared secret (base64) or the bank's public key (PEM), by reference. */
        secret: secretReference,
      }),
    )
    .min(1)
    .max(3),
  spreadBasisPoints: basisPoints,
  feeBasisPoints: basisPoints,
  /** The fee of what hands out cash (cash withdrawals, quasi-cash); absent: the same as of purchases. */
  cashFeeBasisPoints: basisPoints.optional(),
  /** Where this bank's scheme wants another code than the programme's table. */
  responseCodes: z.partialRecord(z.enum(RESPONSE_OUTCOMES), responseCode).default({}),
  controls: controls.default({}),
  caps: caps.default({}),
  holdPeriods: holdPeriods.prefault({}),
  webhook: webhook.optional(),
})

const asset = z.strictObject({
  asset: z.string().refine(isCryptoAsset, 'not an asset that Tolem can count'),
  isAllowed: z.boolean(),
  /** For stablecoins: how far from one dollar it may trade before it is refused. */
  pegBandBasisPoints: basisPoints.optional(),
})

/** One cap or regulatory threshold, from the day on which it applies, with the rule that it comes from. */
const threshold = z.strictObject({
  what: z.enum(['largest_authorization']),
  amount: tenge,
  effectiveFrom: day,
  legalReference: z.string().min(1),
})

/** How rates are guarded and how wide the spread becomes. */
const ratePolicy = z.strictObject({
  maximumAgeMs: positiveMs.default(5_000),
  /** How far one tick may jump before it waits for a second one that agrees. */
  spikeBasisPoints: basisPoints,
  /** How far a source may stand from the median of all sources of its pair. */
  medianBandBasisPoints: basisPoints,
  /** The National Bank's daily official rate as a band of sanity around USDT/KZT; never a price. */
  officialRate: z
    .strictObject({
      url: host,
      bandBasisPoints: basisPoints,
      /** How old the last official rate may be before it tells nothing any more: none comes on holidays. */
      maximumAgeDays: z.int().min(1).max(31).default(10),
      /** Without any official rate that is young enough: is every rate unsafe, or is the band left out and said so? */
      isRequired: z.boolean().default(false),
    })
    .optional(),
  /** How measured volatility widens the spread; absent: it does not. */
  volatility: z
    .strictObject({
      /** Over which time returns are measured. */
      windowMs: positiveMs.default(60_000),
      /** How many basis points of spread are added for each basis point of volatility. */
      factor: z.number().min(0).max(100),
      /** The most that is added; beyond it the rate is unsafe. */
      mostBasisPoints: basisPoints,
    })
    .optional(),
})

/** One deployment, whole: everything that a bank, an exchange or a regulator decides and a programmer does not. */
export const programmeSchema = z
  .strictObject({
    name,
    authorizationTypes: z.array(z.enum(AUTHORIZATION_TYPES)).min(1),
    /** DE39 of every outcome, for banks that say nothing else. A table with a hole is refused. */
    responseCodes: z.record(z.enum(RESPONSE_OUTCOMES), responseCode),
    controls: controls.default({}),
    caps: caps.default({}),
    /** At which rate a refund that names its purchase becomes crypto. One that does not, at the present rate. */
    refundPolicy: z.strictObject({ rate: z.enum(REFUND_RATES).default('original') }).prefault({}),
    /**
     * At which rate an approval by advice is debited: the present one, or that of the request which it replaces, where
     * we had quoted one.
     */
    advicePolicy: z
      .strictObject({ rate: z.enum(['present', 'original']).default('present') })
      .prefault({}),
    banks: z.array(bank).min(1),
    exchanges: z.array(exchange).min(1),
    assets: z.array(asset).min(1),
    ratePolicy,
    thresholds: z.array(threshold),
  })
  .superRefine((programme, context) => {
    const complain = (path: (string | number)[], message: string) =>
      context.addIssue({ code: 'custom', path, message })
    for (const [list, ids] of [
      ['banks', programme.banks.map((one) => one.id)],
      ['exchanges', programme.exchanges.map((one) => one.id)],
      ['assets', programme.assets.map((one) => one.asset)],
      ['banks', programme.banks.flatMap((one) => one.keys.map((key) => key.keyId))],
    ] as const)
      for (const twice of repeated<string>(ids)) complain([list], `${twice} stands there twice`)
    for (const [index, one] of programme.exchanges.entries())
      if (one.licence.validTo && one.licence.validTo < one.licence.validFrom)
        complain(['exchanges', index, 'licence', 'validTo'], 'is before validFrom')
    for (const { path, message } of findProgrammeMistakes(programme)) complain(path, message)
  })

/** A programme as the services use it: validated, defaulted, in exact amounts, secrets still by reference. */
export type Programme = z.output<typeof programmeSchema>
/** One bank of a programme. */
export type ProgrammeBank = Programme['banks'][number]
/** One exchange of a programme. */
export type ProgrammeExchange = Programme['exchanges'][number]
/** One rail of an exchange, told apart by `rail`. */
export type ProgrammeRail = ProgrammeExchange['rails'][number]

function repeated<T>(list: readonly T[]): T[] {
  return [...new Set(list.filter((item, index) => list.indexOf(item) !== index))]
}
