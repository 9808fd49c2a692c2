import { AUTHORIZATION_TYPES, TERMINAL_TYPES } from '@tolem/domain/authorization'
import type { Controls } from '@tolem/domain/controls'
import { findControlsMistakes } from '@tolem/domain/controls-mistakes'
import { z } from 'zod'
import { fromTenge, tengeAmount, toTenge } from './fields.ts'

/** More than any cardholder sets, and few enough for ACCEPT to ask under lock. */
const MOST_LIMITS = 16
/** More than there are countries. */
const MOST_ENTRIES = 256

const allowAndDeny = <Item extends string>(item: z.ZodType<Item, Item>) =>
  z.strictObject({
    allow: z.array(item).max(MOST_ENTRIES).optional(),
    deny: z.array(item).max(MOST_ENTRIES).optional(),
  })

const spendingLimit = z.strictObject({
  types: z
    .array(z.enum([...AUTHORIZATION_TYPES, 'cash']))
    .min(1)
    .max(AUTHORIZATION_TYPES.length + 1)
    .optional()
    .meta({
      description:
        'Absent: all but account verifications. `cash`: whatever hands out cash; of a purchase its cash part only.',
    }),
  channels: z.array(z.enum(TERMINAL_TYPES)).min(1).max(TERMINAL_TYPES.length).optional(),
  window: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('transaction') }),
      z.strictObject({ kind: z.literal('day') }),
      z.strictObject({ kind: z.literal('month') }),
      z.strictObject({ kind: z.literal('rolling'), hours: z.int().min(1).max(744) }),
    ])
    .meta({
      description: 'Days and months are those of Asia/Almaty; rolling reaches back from now.',
    }),
  amount: tengeAmount.optional(),
  count: z.int().min(0).max(100_000).optional(),
})

/**
 * A cardholder's own controls, within the bank's and the programme's: the body of `PUT /v1/cards/{cardToken}/controls`,
 * and a part of a card. A denial wins over what is allowed.
 */
export const controlsBody = z
  .strictObject({
    types: allowAndDeny(z.enum(AUTHORIZATION_TYPES)).optional(),
    channels: allowAndDeny(z.enum(TERMINAL_TYPES)).optional(),
    merchantCategories: allowAndDeny(
      z.string().regex(/^[0-9]{4}(-[0-9]{4})?$/, 'four digits, or a range such as 5000-5999'),
    ).optional(),
    countries: allowAndDeny(
      z.string().regex(/^[A-Z]{2}$/, 'an ISO 3166 code such as KZ'),
    ).optional(),
    exchanges: allowAndDeny(
      z.string().regex(/^[a-z][a-z0-9-]{1,31}$/, 'an exchange of the programme, such as bybit'),
    ).optional(),
    limits: z.array(spendingLimit).max(MOST_LIMITS).optional(),
  })
  .superRefine((given, context) => {
    for (const { path, message } of findControlsMistakes(given))
      context.addIssue({ code: 'custom', path: [...path], message })
  })

/** Controls that their schema has checked, as the domain's. */
export function toControls({ limits, ...lists }: z.output<typeof controlsBody>): Controls {
  return {
    // What JSON leaves out is absent, never undefined.
    ...(lists as Omit<Controls, 'limits'>),
    ...(limits && {
      limits: limits.map(({ types, channels, window, amount, count }) => ({
        ...(types && { types }),
        ...(channels && { channels }),
        window,
        ...(amount && { amount: toTenge(amount) }),
        ...(count !== undefined && { count }),
      })),
    }),
  }
}

/** Controls as an answer shows them. */
export function fromControls({ limits, ...lists }: Controls): object {
  return {
    ...lists,
    limits: limits?.map(({ amount, ...limit }) => ({
      ...limit,
      amount: amount === undefined ? undefined : fromTenge(amount),
    })),
  }
}
