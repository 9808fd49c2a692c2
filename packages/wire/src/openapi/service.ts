import { type BankAnswer, bankAnswer } from '../bank.ts'
import { echoAnswer, echoBody } from '../echo.ts'
import { ratesAnswer } from '../inquiry.ts'
import type { Operation } from './operation.ts'
import { tenge } from './story.ts'

const PRESENT_STATE = 'Shows the present state.'
const MOVES_NONE = 'Moves none.'

const GET_RATES = {
  method: 'get',
  path: '/v1/rates',
  operationId: 'getRates',
  tag: 'Inquiries',
  summary: 'The rates that quotes are made from now',
  description: 'Tenge for one whole coin, before spread and fee.',
  repeats: PRESENT_STATE,
  money: MOVES_NONE,
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
} as const satisfies Operation

const BANK: BankAnswer = {
  bankId: 'halyk',
  name: 'Halyk Bank',
  responseBudgetMs: 1_000,
  authorizationTypes: ['purchase', 'cash_withdrawal'],
  spreadBasisPoints: 50,
  feeBasisPoints: 100,
  cashFeeBasisPoints: 150,
  refundRate: 'original',
  controls: {
    programme: { merchantCategories: { deny: ['7995', '7800-7802'] } },
    bank: { limits: [{ window: { kind: 'day' }, amount: tenge('5000000.00') }] },
  },
  caps: { programme: { dayAmount: tenge('20000000000.00') }, bank: {} },
  thresholds: [],
  holdPeriods: { days: 7, preauthorizationDays: 30, byMerchantCategory: { '7011': 30 } },
  keys: [{ keyId: 'halyk-2026-11', algorithm: 'hmac-sha256' }],
}

const GET_BANK = {
  method: 'get',
  path: '/v1/banks/me',
  operationId: 'getBank',
  tag: 'Inquiries',
  summary: 'What the programme says of the calling bank',
  description: 'Budget, fees, limits, hold periods and the names of its keys. Never a secret.',
  repeats: PRESENT_STATE,
  money: MOVES_NONE,
  answer: {
    name: 'BankAnswer',
    schema: bankAnswer,
    examples: { bank: { summary: 'A bank', value: BANK } },
  },
} as const satisfies Operation

const ECHO = {
  method: 'post',
  path: '/v1/echo',
  operationId: 'echo',
  tag: 'Inquiries',
  summary: 'Is the way free, and the signature right? (0800)',
  description: 'Answers what it was sent, with our clock.',
  iso: '0800 with DE70 301; answered by 0810.',
  repeats: 'Answered anew.',
  money: MOVES_NONE,
  request: {
    name: 'EchoRequest',
    schema: echoBody,
    examples: { echo: { summary: 'Any id', value: { echoId: 'echo-1' } } },
  },
  answer: {
    name: 'EchoAnswer',
    schema: echoAnswer,
    examples: {
      echo: {
        summary: 'The same id',
        value: { echoId: 'echo-1', responseCode: '00', serverTime: '2026-11-22T10:00:00.000Z' },
      },
    },
  },
} as const satisfies Operation

/** The calls about the service itself: its rates, what it knows of the caller, and whether it answers. */
export const SERVICE_OPERATIONS: readonly Operation[] = [GET_RATES, GET_BANK, ECHO]
