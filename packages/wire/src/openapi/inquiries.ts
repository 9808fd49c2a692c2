import {
  type BalanceAnswer,
  type BalanceInquiryBody,
  balanceAnswer,
  balanceInquiryBody,
} from '../balance.ts'
import {
  type AuthorizationRecord,
  type AuthorizationSummary,
  authorizationPage,
  authorizationRecord,
} from '../inquiry.ts'
import { APPROVAL_MESSAGES, DECLINE_MESSAGES } from '../messages.ts'
import { APPROVAL } from './approvals.ts'
import type { Operation } from './operation.ts'
import { AT_THE_HOTEL, CARD_TOKEN, IDS, keyAt, tenge } from './story.ts'

const SUMMARY: AuthorizationSummary = {
  authorizationId: IDS.authorization,
  kind: 'authorization',
  type: 'purchase',
  cardToken: CARD_TOKEN,
  state: 'approved',
  final: false,
  billingAmount: tenge('40000.00'),
  approvedAmount: tenge('40000.00'),
  releasedAmount: tenge('0.00'),
  clearedAmount: tenge('0.00'),
  refundedAmount: tenge('0.00'),
  openAmount: tenge('40000.00'),
  holdUntil: '2026-12-22T10:00:00.000Z',
  receivedAt: '2026-11-22T10:00:00.000Z',
  concludedAt: '2026-11-22T10:00:00.180Z',
}

const RECORD: AuthorizationRecord = {
  ...SUMMARY,
  answer: APPROVAL,
  increments: [
    {
      authorizationId: IDS.increment,
      state: 'approved',
      billingAmount: tenge('10000.00'),
      approvedAmount: tenge('10000.00'),
      openAmount: tenge('10000.00'),
    },
  ],
  exposures: [],
  clearings: [],
  refunds: [],
  movements: [
    {
      kind: 'debit',
      purpose: 'authorization',
      reference: 'tmd0101cfk7k3y4r3l8lq5q9m9t9sx',
      exchange: 'bybit',
      asset: 'USDT',
      amount: '85.62424099',
      state: 'executed',
    },
  ],
  events: [{ kind: 'approved', occurredAt: '2026-11-22T10:00:00.180Z' }],
}

const INQUIRY: BalanceInquiryBody = {
  cardToken: CARD_TOKEN,
  ...keyAt('000020', '20'),
  ...AT_THE_HOTEL,
}

const BALANCE: BalanceAnswer = {
  decision: 'approved',
  responseCode: '00',
  available: tenge('46715.74'),
  assets: [
    { exchange: 'bybit', asset: 'USDT', amount: '100.00000000', available: tenge('46715.74') },
  ],
  notCounted: [{ exchange: 'bybit', asset: 'BTC', reason: 'rate_unavailable' }],
  messages: APPROVAL_MESSAGES.approved,
}

const NO_BALANCE: BalanceAnswer = {
  decision: 'declined',
  responseCode: '78',
  reason: 'wallet_not_linked',
  messages: DECLINE_MESSAGES.wallet_not_linked,
}

const PRESENT_STATE = 'Shows the present state.'
const MOVES_NONE = 'Moves none.'

const GET_AUTHORIZATION = {
  method: 'get',
  path: '/v1/authorizations/{id}',
  operationId: 'getAuthorization',
  tag: 'Inquiries',
  summary: 'The record behind a decision',
  description:
    'What was asked, answered and moved, and what became of it. Another bank’s authorization is not found.',
  repeats: PRESENT_STATE,
  money: MOVES_NONE,
  answer: {
    name: 'AuthorizationRecord',
    schema: authorizationRecord,
    examples: { approved: { summary: 'An approved purchase', value: RECORD } },
  },
} as const satisfies Operation

const LIST_AUTHORIZATIONS = {
  method: 'get',
  path: '/v1/authorizations',
  operationId: 'listAuthorizations',
  tag: 'Inquiries',
  summary: 'The bank’s records, the latest first',
  description: 'Pages by cursor: send `nextCursor` as `cursor` to get the next one.',
  repeats: PRESENT_STATE,
  money: MOVES_NONE,
  query: [
    { name: 'cardToken', description: 'of this card only' },
    { name: 'state', description: '`accepted`, `approved` or `declined`' },
    {
      name: 'kind',
      description: '`authorization`, `increment`, `advice`, `force_post` or `unmatched_refund`',
    },
    { name: 'from', description: 'received at this instant or later (RFC 3339)' },
    { name: 'to', description: 'received before this instant (RFC 3339)' },
    { name: 'limit', description: 'how many at most: 1 to 200, 50 unless told' },
    { name: 'cursor', description: 'the `nextCursor` of the page before' },
  ],
  answer: {
    name: 'AuthorizationPage',
    schema: authorizationPage,
    examples: {
      page: {
        summary: 'One page with more behind it',
        value: { authorizations: [SUMMARY], nextCursor: 'AZobLD1Of1CKawAAAAAAAQ' },
      },
    },
  },
} as const satisfies Operation

const INQUIRE_BALANCE = {
  method: 'post',
  path: '/v1/balance-inquiries',
  operationId: 'inquireBalance',
  tag: 'Inquiries',
  summary: 'Spendable tenge now (0100, processing code 30)',
  description:
    'What the wallet’s assets would pay for at the present quote, less spread and fee, inside the response budget.',
  iso: '0100 with DE3 30xxxx; answered by 0110 with DE54. A repeat is 0101.',
  repeats: 'Asked anew: nothing of it is stored.',
  money: MOVES_NONE,
  request: {
    name: 'BalanceInquiryRequest',
    schema: balanceInquiryBody,
    examples: { inquiry: { summary: 'At a terminal', value: INQUIRY } },
  },
  answer: {
    name: 'BalanceAnswer',
    schema: balanceAnswer,
    examples: {
      approved: { summary: 'One asset counts, one does not', value: BALANCE },
      declined: { summary: 'No wallet is linked', value: NO_BALANCE },
    },
  },
} as const satisfies Operation

/** The calls that ask what a card or an authorization stands at. */
export const INQUIRY_OPERATIONS: readonly Operation[] = [
  INQUIRE_BALANCE,
  GET_AUTHORIZATION,
  LIST_AUTHORIZATIONS,
]
