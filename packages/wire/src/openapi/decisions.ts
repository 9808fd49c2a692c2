import type { z } from 'zod'
import { type AdviceBody, adviceAnswer, adviceBody } from '../advice.ts'
import { type AuthorizationAnswer, authorizationAnswer } from '../authorization.ts'
import { DECLINE_MESSAGES } from '../messages.ts'
import {
  type AuthorizationBody,
  authorizationBody,
  type IncrementBody,
  incrementBody,
} from '../request.ts'
import { APPROVAL, BY_SEVERAL, FUNDING, PARTIAL } from './approvals.ts'
import type { Operation } from './operation.ts'
import { AT_THE_HOTEL, CARD_TOKEN, ESTIMATE, IDS, keyAt, ORIGINAL, tenge } from './story.ts'

const ABROAD: AuthorizationBody = {
  type: 'purchase',
  cardToken: CARD_TOKEN,
  transactionAmount: { value: '25.00', currency: 'USD' },
  billingAmount: tenge('11950.00'),
  partialApprovalSupported: true,
  ...keyAt('000011', '10'),
  terminal: { id: 'WEB00001', type: 'ecommerce', entryMode: 'ecommerce', pinEntered: false },
  merchant: {
    id: 'M00000000000002',
    name: 'Bookshop',
    city: 'New York',
    country: 'US',
    categoryCode: '5942',
  },
}

const CASH: AuthorizationBody = {
  type: 'cash_withdrawal',
  cardToken: CARD_TOKEN,
  transactionAmount: tenge('20000.00'),
  ...keyAt('000012', '11'),
  terminal: { id: 'ATM00001', type: 'atm', entryMode: 'chip', pinEntered: true },
  merchant: {
    id: 'M00000000000003',
    name: 'ATM Abay 10',
    city: 'Almaty',
    country: 'KZ',
    categoryCode: '6011',
  },
  final: true,
}

const INCREMENT: IncrementBody = {
  type: 'purchase',
  cardToken: CARD_TOKEN,
  transactionAmount: tenge('10000.00'),
  ...keyAt('000002', '01'),
  ...AT_THE_HOTEL,
  preauthorization: true,
  original: { authorizationId: IDS.authorization },
}

const ADVICE: AdviceBody = {
  type: 'purchase',
  cardToken: CARD_TOKEN,
  transactionAmount: tenge('3500.00'),
  ...keyAt('000003', '02'),
  ...AT_THE_HOTEL,
  decision: 'approved',
  reason: 'issuer_timed_out',
  original: { ...ORIGINAL, systemTraceAuditNumber: '000009' },
}

const DECLINE: AuthorizationAnswer = {
  authorizationId: IDS.authorization,
  decision: 'declined',
  responseCode: '51',
  reason: 'insufficient_funds',
  messages: DECLINE_MESSAGES.insufficient_funds,
}

const ADVISED: z.output<typeof adviceAnswer> = {
  authorizationId: IDS.advice,
  responseCode: '00',
  outcome: 'approved',
}

const SAME_BYTES =
  'The same network key with the same content gets the stored answer, byte for byte, for ever; while the first copy ' +
  'is being decided, the copy joins it. The same key with other content is problem `key_reused`.'

/** The calls that ask for money, or tell that money was given. */
export const DECISION_OPERATIONS = [
  {
    method: 'post',
    path: '/v1/authorizations',
    operationId: 'authorize',
    tag: 'Money',
    summary: 'Ask for an authorization (0100, 0200)',
    description:
      'Purchase, cash withdrawal, purchase with cashback, account verification or quasi-cash. A decision is HTTP 200 ' +
      'whether it approves or declines. Cash at an ATM is given whole or not at all; a purchase is approved in part ' +
      'only where `partialApprovalSupported` says that the terminal can.',
    iso: '0100, or 0200 when `final`; answered by 0110, 0210. A repeat is 0101, 0201.',
    repeats: SAME_BYTES,
    money:
      'An approval has debited the wallet for the approved tenge, the fee and the spread. They are held until ' +
      'clearing, reversal or expiry, or owed at once when `final`. A wallet of several assets pays in its order: the ' +
      'first what it holds, the next the rest; `funding` tells each debit with its part of the amount and its price. ' +
      'All of them happened, or the answer declines. A decline moves nothing, or gives back what moved.',
    request: {
      name: 'AuthorizationRequest',
      schema: authorizationBody,
      examples: {
        estimate: { summary: 'A hotel’s estimate', value: ESTIMATE },
        abroad: { summary: 'Online, in dollars, partly if need be', value: ABROAD },
        cash: { summary: 'Cash from a machine', value: CASH },
      },
    },
    answer: {
      name: 'AuthorizationAnswer',
      schema: authorizationAnswer,
      examples: {
        approved: { summary: 'Approved', value: APPROVAL },
        several: { summary: 'Approved, paid out of two assets', value: BY_SEVERAL },
        partially_approved: { summary: 'Approved in part', value: PARTIAL },
        declined: { summary: 'Declined', value: DECLINE },
      },
    },
  },
  {
    method: 'post',
    path: '/v1/increments',
    operationId: 'increment',
    tag: 'Money',
    summary: 'Raise an earlier authorization (0100)',
    description:
      'The amount is what is added. It has a network key, a quote and a decision of its own; a declined increment ' +
      'leaves what it would have raised as it is.',
    iso: '0100 with DE90; answered by 0110. A repeat is 0101.',
    repeats: SAME_BYTES,
    money: 'As of an authorization; what is approved joins the hold of the first authorization.',
    request: {
      name: 'IncrementRequest',
      schema: incrementBody,
      examples: { night: { summary: 'One more night', value: INCREMENT } },
    },
    answer: {
      name: 'AuthorizationAnswer',
      schema: authorizationAnswer,
      examples: {
        approved: {
          summary: 'Approved',
          value: {
            ...APPROVAL,
            authorizationId: IDS.increment,
            approvalCode: '0A1B2D',
            approvedAmount: tenge('10000.00'),
            funding: [{ ...FUNDING, amount: '21.40606025', billingAmount: tenge('10000.00') }],
          },
        },
        declined: {
          summary: 'There is nothing open to raise',
          value: {
            authorizationId: IDS.increment,
            decision: 'declined',
            responseCode: '12',
            reason: 'original_closed',
            messages: DECLINE_MESSAGES.original_closed,
          },
        },
      },
    },
  },
  {
    method: 'post',
    path: '/v1/advices',
    operationId: 'advise',
    tag: 'Money',
    summary: 'Tell what the bank decided in our place (0120, 0220)',
    description:
      'Stand-in: what the bank decided is always accepted and recorded, whatever the wallet holds.',
    iso: '0120, or 0220 when `final`; answered by 0130, 0230. A repeat is 0121, 0221.',
    repeats: SAME_BYTES,
    money:
      'An approval is owed to the bank from now on. The wallet is debited for it after the answer; what cannot be ' +
      'debited is exposure, which is tried again. A decline moves nothing and stops its original.',
    request: {
      name: 'AdviceRequest',
      schema: adviceBody,
      examples: { stand_in: { summary: 'We had not answered in time', value: ADVICE } },
    },
    answer: {
      name: 'AdviceAnswer',
      schema: adviceAnswer,
      examples: { approved: { summary: 'Recorded', value: ADVISED } },
    },
  },
] as const satisfies readonly Operation[]
