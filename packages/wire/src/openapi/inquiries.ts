import { type AuthorizationRecord, authorizationRecord, ratesAnswer } from '../inquiry.ts'
import { APPROVAL } from './decisions.ts'
import type { Operation } from './operation.ts'
import { CARD_TOKEN, IDS, tenge } from './story.ts'

const RECORD: AuthorizationRecord = {
  authorizationId: IDS.authorization,
  kind: 'authorization',
  type: 'purchase',
  cardToken: CARD_TOKEN,
  state: 'approved',
  final: false,
  billingAmount: tenge('40000.00'),
  receivedAt: '2026-11-22T10:00:00.000Z',
  concludedAt: '2026-11-22T10:00:00.180Z',
  answer: APPROVAL,
  increments: [],
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

/** The calls that ask and change nothing. */
export const INQUIRY_OPERATIONS = [
  {
    method: 'get',
    path: '/v1/authorizations/{id}',
    operationId: 'getAuthorization',
    tag: 'Inquiries',
    summary: 'The record behind a decision',
    description: 'What was asked, answered and moved. Another bank’s authorization is not found.',
    repeats: 'Shows the present state.',
    money: 'Moves none.',
    answer: {
      name: 'AuthorizationRecord',
      schema: authorizationRecord,
      examples: { approved: { summary: 'An approved purchase', value: RECORD } },
    },
  },
  {
    method: 'get',
    path: '/v1/rates',
    operationId: 'getRates',
    tag: 'Inquiries',
    summary: 'The rates that quotes are made from now',
    description: 'Tenge for one whole coin, before spread and fee.',
    repeats: 'Shows the present state.',
    money: 'Moves none.',
    answer: {
      name: 'RatesAnswer',
      schema: ratesAnswer,
      examples: {
        rates: {
          summary: 'One pair',
          value: {
            maximumAgeMs: 5_000,
            rates: [
              {
                exchange: 'bybit',
                pair: 'USDT/KZT',
                state: 'safe',
                bid: '474.2',
                ask: '474.4',
                observedAt: '2026-11-22T09:59:59.800Z',
                ageMs: 200,
              },
            ],
          },
        },
      },
    },
  },
] as const satisfies readonly Operation[]
