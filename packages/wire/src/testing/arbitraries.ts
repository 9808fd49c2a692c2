import { ADVICE_REASONS } from '@tolem/domain/advice'
import {
  AUTHORIZATION_TYPES,
  ENTRY_MODES,
  ORIGINAL_KINDS,
  TERMINAL_TYPES,
} from '@tolem/domain/authorization'
import { REVERSAL_REASONS } from '@tolem/domain/reversal'
import fc from 'fast-check'
import { findCardNumbers } from '../card-number.ts'

const DAY_MS = 86_400_000

const matching = (pattern: RegExp) => fc.stringMatching(pattern)

/** Any text that a merchant may have chosen: of the keyboard, with blanks around it, or of all of Unicode. */
const names = fc
  .oneof(
    fc.string({ minLength: 1, maxLength: 40 }),
    fc.string({
      minLength: 1,
      maxLength: 40,
      unit: fc.constantFrom(...Array.from('әқөү ҰЖЩ-Café')),
    }),
    fc.string({ minLength: 1, maxLength: 20, unit: 'binary' }),
  )
  // oxlint-disable-next-line no-control-regex -- The API refuses them.
  .filter((text) => text.isWellFormed() && !/[\u0000-\u001f\u007f-\u009f]/.test(text))

const decimals = (most: number) =>
  fc
    .tuple(
      fc.oneof(fc.nat({ max: 10_000_000 }), fc.maxSafeNat()).map(String),
      matching(new RegExp(`^(\\.[0-9]{1,${most}})?$`)),
    )
    .map(([whole, fraction]) => `${whole.slice(0, 16)}${fraction}`)

/** Tenge, more of it than DE6 can say now and then. */
const tenge = decimals(2).map((value) => ({ value, currency: 'KZT' }))
const someTenge = tenge.filter(({ value }) => /[1-9]/.test(value))

/** Amounts in currencies of every exponent, in some that ISO 4217 does not list, with decimals of all lengths. */
const foreign = fc.record({
  value: decimals(4),
  currency: fc.oneof(
    fc.constantFrom('USD', 'EUR', 'JPY', 'KWD', 'CLF', 'ANG'),
    matching(/^[A-Z]{3}$/).filter((code) => code !== 'KZT'),
  ),
})

const transmissions = fc.date({
  min: new Date('2001-01-01T00:00:00Z'),
  max: new Date('2098-12-31T23:59:59Z'),
  noInvalidDate: true,
})

const writings = ['Z', '+05:00', '-11:30'] as const

/** The same instant, written in one of several offsets, with or without milliseconds. */
function writeInstant(instant: Date, offset: (typeof writings)[number]): string {
  if (offset === 'Z') return instant.toISOString()
  const minutes = offset === '+05:00' ? 300 : -690
  return new Date(instant.getTime() + minutes * 60_000).toISOString().slice(0, 19) + offset
}

const toLocalText = (ms: number) => new Date(ms).toISOString().slice(0, 19)

/** A terminal's time: within two days of `ms`, and now and then at any time that has four digits of year. */
const localTimes = (ms: number) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -2 * DAY_MS, max: 2 * DAY_MS }).map((d) => ms + d) },
    {
      weight: 1,
      arbitrary: fc.integer({
        min: Date.parse('0001-01-01T00:00:00Z'),
        max: Date.parse('9999-12-31T23:59:59Z'),
      }),
    },
  )

const terminalIds = matching(/^[A-Za-z0-9._:-]{1,16}$/)

const keys = transmissions.chain((instant) =>
  fc.record(
    {
      acquirerId: matching(/^[0-9]{1,11}$/),
      systemTraceAuditNumber: matching(/^[0-9]{6}$/),
      retrievalReferenceNumber: matching(/^[A-Za-z0-9]{12}$/),
      localDateTime: localTimes(instant.getTime()).map(toLocalText),
      transmittedAt: fc.constantFrom(...writings).map((offset) => writeInstant(instant, offset)),
      repeat: fc.boolean(),
    },
    {
      requiredKeys: [
        'acquirerId',
        'systemTraceAuditNumber',
        'retrievalReferenceNumber',
        'localDateTime',
        'transmittedAt',
      ],
    },
  ),
)

const keysWithTerminal = fc
  .tuple(keys, terminalIds)
  .map(([key, terminalId]) => ({ ...key, terminalId }))

type Key = {
  readonly acquirerId: string
  readonly terminalId: string
  readonly systemTraceAuditNumber: string
  readonly retrievalReferenceNumber: string
  readonly localDateTime: string
}

/** How a message under `own` may name its original: each part as its own, cut as an element would, or another. */
const originals = (own: Key) =>
  fc.oneof(
    fc.uuid().map((uuid) => ({ authorizationId: `aut_${uuid}` })),
    fc.record(
      {
        messageKind: fc.constantFrom(...ORIGINAL_KINDS),
        acquirerId: fc.oneof(fc.constant(own.acquirerId), matching(/^[0-9]{1,11}$/)),
        terminalId: fc.oneof(
          fc.constant(own.terminalId),
          fc.constant(own.terminalId.slice(0, 8)),
          terminalIds,
        ),
        systemTraceAuditNumber: matching(/^[0-9]{6}$/),
        retrievalReferenceNumber: fc.oneof(
          fc.constant(own.retrievalReferenceNumber),
          matching(/^[A-Za-z0-9]{12}$/),
        ),
        localDateTime: fc.oneof(
          fc.constant(own.localDateTime),
          localTimes(Date.parse(`${own.localDateTime}Z`))
            .filter((ms) => ms > Date.parse('0001-01-02') && ms < Date.parse('9999-12-30'))
            .map(toLocalText),
        ),
      },
      {
        requiredKeys: [
          'acquirerId',
          'terminalId',
          'systemTraceAuditNumber',
          'retrievalReferenceNumber',
          'localDateTime',
        ],
      },
    ),
  )

const cardTokens = matching(/^[A-Za-z0-9_-]{4,64}$/)

const pointsOfService = fc.record({
  terminal: fc.record(
    {
      id: terminalIds,
      type: fc.constantFrom(...TERMINAL_TYPES),
      entryMode: fc.constantFrom(...ENTRY_MODES),
      pinEntered: fc.boolean(),
    },
    { requiredKeys: ['id', 'type', 'entryMode'] },
  ),
  merchant: fc.record({
    id: matching(/^[A-Za-z0-9._:-]{1,15}$/),
    name: names,
    city: names,
    country: matching(/^[A-Z]{2}$/),
    categoryCode: matching(/^[0-9]{4}$/),
  }),
})

const plainTypes = AUTHORIZATION_TYPES.filter((type) => type !== 'purchase_with_cashback')

/** Amounts that fit together: in tenge alone, or in a foreign currency with or without a billing amount. */
const amounts = fc.oneof(
  tenge.map((transactionAmount) => ({ transactionAmount })),
  tenge.map((amount) => ({ transactionAmount: amount, billingAmount: amount })),
  foreign.map((transactionAmount) => ({ transactionAmount })),
  fc.tuple(foreign, tenge).map(([transactionAmount, billingAmount]) => ({
    transactionAmount,
    billingAmount,
  })),
)

const withBilling = amounts.filter(
  (given) => given.transactionAmount.currency === 'KZT' || 'billingAmount' in given,
)

const stages = fc.constantFrom(
  {},
  { final: false },
  { final: true },
  { preauthorization: true },
  { recurring: true, final: true },
  { recurring: true, preauthorization: true },
)

const common = (types: readonly string[], sums: fc.Arbitrary<object>) =>
  fc
    .tuple(
      fc.record({ type: fc.constantFrom(...types), cardToken: cardTokens }),
      sums,
      keys,
      pointsOfService,
      stages,
    )
    .map(([head, sum, key, place, stage]) => ({ ...head, ...sum, ...key, ...place, ...stage }))

const cashback = fc
  .tuple(fc.integer({ min: 1, max: 999_999 }), fc.integer({ min: 1, max: 999_999 }))
  .map(([cash, goods]) => ({
    type: 'purchase_with_cashback',
    transactionAmount: { value: String(cash + goods), currency: 'KZT' },
    cashbackAmount: { value: `${cash}.00`, currency: 'KZT' },
  }))

const requests = fc.oneof(
  common(plainTypes, amounts),
  fc.tuple(common(['purchase'], amounts), cashback).map(([request, cash]) => {
    const { billingAmount: _, ...rest } = { billingAmount: undefined, ...request }
    return { ...rest, ...cash }
  }),
)

const partial = fc.constantFrom(
  {},
  { partialApprovalSupported: true },
  { partialApprovalSupported: false },
)

const authorizations = fc.tuple(requests, partial).map(([request, more]) => ({
  ...request,
  ...more,
}))

const keyOf = (body: object): Key => {
  const { terminal, ...rest } = body as Key & { readonly terminal?: { readonly id: string } }
  return { ...rest, terminalId: terminal?.id ?? rest.terminalId }
}

/** With an original that may name the message's own parts. */
const withOriginal = <Body extends object>(bodies: fc.Arbitrary<Body>) =>
  bodies.chain((body) => originals(keyOf(body)).map((original) => ({ ...body, original })))

const maybeWithOriginal = <Body extends object>(bodies: fc.Arbitrary<Body>) =>
  fc.oneof(bodies, withOriginal(bodies))

const presentments = (amount: 'clearingAmount' | 'refundAmount') =>
  fc
    .tuple(keysWithTerminal, cardTokens, someTenge)
    .map(([key, cardToken, value]) => ({ ...key, cardToken, [amount]: value }))

const valid = <Body extends object>(bodies: fc.Arbitrary<Body>) =>
  bodies.filter((body) => findCardNumbers(body).length === 0)

/** Bodies of every call that a bank may send, in all that their schemas allow. */
export const BODIES = {
  authorization: valid(authorizations),
  increment: valid(withOriginal(authorizations)),
  advice: valid(
    maybeWithOriginal(
      fc
        .tuple(
          common(AUTHORIZATION_TYPES, withBilling),
          fc.constantFrom('approved', 'declined'),
          fc.constantFrom(...ADVICE_REASONS),
        )
        .map(([body, decision, reason]) => ({ ...body, decision, reason })),
    ),
  ),
  reversal: valid(
    withOriginal(
      fc
        .tuple(
          keysWithTerminal,
          fc.constantFrom(...REVERSAL_REASONS),
          fc.oneof(
            fc.constant({}),
            tenge.map((replacementAmount) => ({ replacementAmount })),
          ),
        )
        .map(([key, reason, replacement]) => ({ ...key, reason, ...replacement })),
    ),
  ),
  clearing: valid(
    maybeWithOriginal(
      fc
        .tuple(presentments('clearingAmount'), fc.constantFrom({}, { last: true }, { last: false }))
        .map(([body, last]) => ({ ...body, ...last })),
    ),
  ),
  refund: valid(maybeWithOriginal(presentments('refundAmount'))),
  balanceInquiry: valid(
    fc
      .tuple(fc.record({ cardToken: cardTokens }), keys, pointsOfService)
      .map(([card, key, place]) => ({ ...card, ...key, ...place })),
  ),
  echo: valid(fc.record({ echoId: matching(/^[A-Za-z0-9._:-]{1,64}$/) })),
} as const
