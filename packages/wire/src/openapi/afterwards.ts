import {
  type ClearingAnswer,
  type ClearingBody,
  clearingAnswer,
  clearingBody,
} from '../clearing.ts'
import { APPROVAL_MESSAGES, DECLINE_MESSAGES } from '../messages.ts'
import { type RefundAnswer, type RefundBody, refundAnswer, refundBody } from '../refund.ts'
import {
  type ReversalAnswer,
  type ReversalBody,
  reversalAnswer,
  reversalBody,
} from '../reversal.ts'
import type { Operation } from './operation.ts'
import { CARD_TOKEN, IDS, ORIGINAL, tenge, terminalKeyAt } from './story.ts'

const FULL: ReversalBody = {
  original: ORIGINAL,
  reason: 'no_response',
  ...terminalKeyAt('000004', '03'),
}

const PARTIAL: ReversalBody = {
  original: { authorizationId: IDS.authorization },
  reason: 'completed_partially',
  replacementAmount: tenge('45000.00'),
  ...terminalKeyAt('000005', '04'),
}

const REVERSED: ReversalAnswer = {
  reversalId: IDS.reversal,
  responseCode: '00',
  outcome: 'partially_reversed',
  authorizationId: IDS.authorization,
  releasedAmount: tenge('5000.00'),
  heldAmount: tenge('45000.00'),
}

const PRESENTMENT: ClearingBody = {
  original: { authorizationId: IDS.authorization },
  cardToken: CARD_TOKEN,
  clearingAmount: tenge('46200.00'),
  last: true,
  ...terminalKeyAt('000006', '05'),
}

const FORCE_POST: ClearingBody = {
  cardToken: CARD_TOKEN,
  clearingAmount: tenge('1500.00'),
  ...terminalKeyAt('000007', '06'),
}

const CLEARED: ClearingAnswer = {
  clearingId: IDS.clearing,
  responseCode: '00',
  outcome: 'cleared_beyond_hold',
  authorizationId: IDS.authorization,
  clearedAmount: tenge('46200.00'),
  fromHoldAmount: tenge('45000.00'),
  exposedAmount: tenge('1200.00'),
  releasedAmount: tenge('0.00'),
}

const REFUND: RefundBody = {
  original: { authorizationId: IDS.authorization },
  cardToken: CARD_TOKEN,
  refundAmount: tenge('10000.00'),
  ...terminalKeyAt('000008', '07'),
}

const REFUNDED: RefundAnswer = {
  refundId: IDS.refund,
  decision: 'approved',
  responseCode: '00',
  authorizationId: IDS.authorization,
  refundedAmount: tenge('10000.00'),
  credits: [
    {
      exchange: 'bybit',
      asset: 'USDT',
      amount: '21.19411905',
      rate: '471.829',
      rateOf: 'original',
    },
  ],
  messages: APPROVAL_MESSAGES.approved,
}

const NOT_REFUNDED: RefundAnswer = {
  refundId: IDS.refund,
  decision: 'declined',
  responseCode: '13',
  reason: 'refund_exceeds_original',
  messages: DECLINE_MESSAGES.refund_exceeds_original,
}

const SAME_BYTES =
  'The same network key with the same content gets the stored answer, byte for byte. Nothing happens twice.'

/** The calls that change what an earlier message did. */
export const AFTERWARDS_OPERATIONS = [
  {
    method: 'post',
    path: '/v1/reversals',
    operationId: 'reverse',
    tag: 'Money',
    summary: 'Reverse an authorization, in full or in part (0400, 0420)',
    description:
      'Before, during or after its original, by our id or by the original’s network key; never refused for business ' +
      'reasons. One that comes first stops its original when it arrives.',
    iso: '0400 and 0420 alike; answered by 0410, 0430. A repeat is 0401, 0421. In part: DE95.',
    repeats: `${SAME_BYTES} Another reversal of the same original is answered \`already_reversed\`.`,
    money:
      'What it releases is no longer held, and its crypto is back in the wallet within seconds, at the rate at which ' +
      'it was debited, with its share of fee and spread.',
    request: {
      name: 'ReversalRequest',
      schema: reversalBody,
      examples: {
        full: { summary: 'No answer came', value: FULL },
        partial: { summary: 'Less was delivered', value: PARTIAL },
      },
    },
    answer: {
      name: 'ReversalAnswer',
      schema: reversalAnswer,
      examples: {
        partially_reversed: { summary: 'Lowered', value: REVERSED },
        recorded_before_original: {
          summary: 'The original has not arrived yet',
          value: {
            reversalId: IDS.reversal,
            responseCode: '00',
            outcome: 'recorded_before_original',
          },
        },
      },
    },
  },
  {
    method: 'post',
    path: '/v1/clearings',
    operationId: 'clear',
    tag: 'Money',
    summary: 'Present the final amount (0220, clearing file)',
    description:
      'Lower than, equal to or higher than what is held; once, or in several presentments of which the `last` says ' +
      'so; or without an original, as a force post. Never refused.',
    iso: '0220; answered by 0230. A repeat is 0221.',
    repeats: SAME_BYTES,
    money:
      'The amount is owed to the bank. What was held covers it; beyond that it is exposure, collected from the ' +
      'wallet afterwards. With `last`, what is still held goes back to the wallet.',
    request: {
      name: 'ClearingRequest',
      schema: clearingBody,
      examples: {
        presentment: { summary: 'The bill, with a tip', value: PRESENTMENT },
        force_post: { summary: 'Nobody had asked before', value: FORCE_POST },
      },
    },
    answer: {
      name: 'ClearingAnswer',
      schema: clearingAnswer,
      examples: { beyond: { summary: 'More than was held', value: CLEARED } },
    },
  },
  {
    method: 'post',
    path: '/v1/refunds',
    operationId: 'refund',
    tag: 'Money',
    summary: 'Give money back after clearing (0200, processing code 20)',
    description:
      'One that names its purchase comes back at the rate that the programme chose, the original one or the present ' +
      'one; one that does not, at the present rate. The fee is kept.',
    iso: '0200 with DE3 20xxxx; answered by 0210. A repeat is 0201.',
    repeats: SAME_BYTES,
    money:
      'The bank owes the tenge, and the wallet is credited within seconds. All refunds of a purchase together are at ' +
      'most what was paid for it.',
    request: {
      name: 'RefundRequest',
      schema: refundBody,
      examples: { matched: { summary: 'Of a known purchase', value: REFUND } },
    },
    answer: {
      name: 'RefundAnswer',
      schema: refundAnswer,
      examples: {
        approved: { summary: 'Credited', value: REFUNDED },
        declined: { summary: 'More than was paid', value: NOT_REFUNDED },
      },
    },
  },
] as const satisfies readonly Operation[]
