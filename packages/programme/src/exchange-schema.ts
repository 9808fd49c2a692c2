import type { ExchangeId } from '@tolem/domain/ids'
import { CRYPTO_ASSETS } from '@tolem/money/asset'
import { z } from 'zod'
import { day, host, name, positiveMs, secretReference } from './fields.ts'

const credentials = z.strictObject({ apiKey: secretReference, secret: secretReference })

/** What an exchange lets us do in a second, and at once. */
const limits = z.strictObject({
  concurrentCalls: z.int().positive(),
  debitsPerSecond: z.number().positive(),
  lookUpsPerSecond: z.number().positive(),
  /** Binance's weights, where another number of them was agreed than the documented one. */
  weightsPerMinute: z
    .strictObject({
      account: z.number().positive(),
      address: z.number().positive(),
      market: z.number().positive(),
    })
    .optional(),
})

/** When an exchange that does not answer is called no more; absent: half of ten seconds' calls, of twenty at least. */
const breaker = z.strictObject({
  windowMs: positiveMs,
  calls: z.int().positive(),
  troubleShare: z.number().positive().max(1),
  pauseMs: positiveMs,
  longestPauseMs: positiveMs,
})

/** What every rail has. Where a rail has keys or limits of its own, the exchange's are not used for it. */
const railParts = {
  host,
  notFoundIsFinalAfterMs: positiveMs,
  credentials: credentials.optional(),
  limits: limits.optional(),
}

/** Where the exchange sends its notices, and the key (PEM) by which they are known to be its own. */
const noticeParts = {
  /** Our own public address for them; absent: none are asked for, and look-ups alone tell. */
  noticeUrl: host.optional(),
  noticeKey: secretReference.optional(),
}

/** Codes by which an exchange answers, as it told them to us. */
const codes = z.array(z.string().regex(/^-?[0-9]{1,20}$/, 'a code: digits')).optional()

/**
 * Codes that Binance tells its partners but does not publish. One that is not named here leaves a movement in doubt, so
 * name only what Binance has confirmed: `orderNotFound` says also that it finds orders under our own references.
 */
const unpublishedCodes = z
  .strictObject({ orderNotFound: codes, refundNotFound: codes, insufficientFunds: codes })
  .optional()

const rail = z.discriminatedUnion('rail', [
  z.strictObject({
    rail: z.literal('bybit-pay'),
    ...railParts,
    ...noticeParts,
    merchantId: z.string().min(1),
    /** The chain that Bybit Pay wants named for each asset, although nothing moves on a chain. */
    chains: z.partialRecord(z.enum(CRYPTO_ASSETS), z.string()),
    /**
     * How many decimals Bybit Pay counts an asset in; absent: 6 for USDT and so on, as its appendix says. Its pages
     * contradict each other by a factor of 10,000: make one tiny debit before going live.
     */
    decimals: z.partialRecord(z.enum(CRYPTO_ASSETS), z.int().min(0).max(18)).optional(),
    /** Assigned to the merchant by Bybit Pay; named in each mandate. */
    productCode: z.string().min(1).max(64).optional(),
    /** Bybit Pay's documents disagree on where a notice carries its signature; two of three say in its headers. */
    noticeSignature: z.enum(['header', 'body']).default('header'),
  }),
  z.strictObject({
    rail: z.literal('bybit-subaccount'),
    ...railParts,
    /** The master account that customers' sub-accounts pay to. */
    masterMemberId: z.string().regex(/^[1-9][0-9]{0,18}$/, 'a member id: digits'),
    accountType: z.enum(['FUND', 'UNIFIED']).default('FUND'),
    /** Decimals that a transfer of an asset may have, which Bybit does not publish; absent: 6 of dollars, else 8. */
    decimals: z.partialRecord(z.enum(CRYPTO_ASSETS), z.int().min(0).max(18)).optional(),
  }),
  z.strictObject({
    rail: z.literal('binance-pay'),
    ...railParts,
    ...noticeParts,
    /** Shown to the cardholder in the exchange's app. */
    serviceName: z.string().min(1).max(32).default('Tolem card'),
    /** What Binance Pay agreed the contracts to be for; `Others` is its word for none of its own. */
    scenarioCode: z.string().min(1).max(32).default('Others'),
    unpublishedCodes,
  }),
  z.strictObject({
    rail: z.literal('binance-subaccount'),
    ...railParts,
    accountType: z.literal('SPOT').default('SPOT'),
    /** By which Binance lists what was debited; absent: its list is not read, and nothing unknown to us is found. */
    masterEmail: z.email().optional(),
  }),
  z.strictObject({
    rail: z.literal('partner-transfer'),
    ...railParts,
  }),
])

/** How what was debited becomes tenge. Absent: it does not, and stays at the exchange. */
const conversion = z.strictObject({
  via: z.enum(['spot', 'convert']),
  host,
  /** Over which time debits and credits of an asset are netted into one order. */
  everyMs: positiveMs.default(3_000),
  /** The most that a market order may lose against the best price, where the exchange takes such a bound. */
  slippageBasisPoints: z.int().min(1).max(1_000).default(50),
  notFoundIsFinalAfterMs: positiveMs.default(30_000),
  unpublishedCodes,
})

const pair = z.string().regex(/^[A-Z]+\/(USDT|KZT)$/, 'BASE/USDT or USDT/KZT')

/** One exchange of a programme. */
export const exchange = z
  .strictObject({
    id: name.transform((text) => text as ExchangeId),
    name: z.string().min(1),
    adapter: z.enum(['bybit', 'binance', 'partner']),
    regulator: z.enum(['AFSA', 'NBK']),
    licence: z.strictObject({
      number: z.string().min(1),
      validFrom: day,
      /** Absent: until revoked. */
      validTo: day.optional(),
    }),
    credentials,
    /** The longest validity that we let a request have; a shorter deadline shortens it further. */
    receiveWindowMs: z.int().min(100).max(60_000).default(5_000),
    rails: z.array(rail).min(1),
    limits,
    breaker: breaker.optional(),
    conversion: conversion.optional(),
    feed: z.strictObject({
      /** A partner has none: its books are read by HTTP alone. */
      webSocket: host.optional(),
      /** Where the same books are read by HTTP while the socket is down or silent. Absent: nowhere. */
      rest: host.optional(),
      silenceMs: positiveMs,
      pairs: z.array(pair).min(1),
    }),
  })
  .superRefine(({ adapter, feed }, context) => {
    const need = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: ['feed', path], message })
    if (adapter === 'partner' && feed.rest === undefined)
      need('rest', 'a partner tells its prices by HTTP alone: name where')
    if (adapter !== 'partner' && feed.webSocket === undefined)
      need('webSocket', 'name the stream of its order books')
  })
