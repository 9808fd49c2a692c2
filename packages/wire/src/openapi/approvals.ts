import type { AuthorizationAnswer } from '../authorization.ts'
import { APPROVAL_MESSAGES } from '../messages.ts'
import { IDS, tenge } from './story.ts'

/** One debit, of the estimate. */
export const FUNDING = {
  exchange: 'bybit',
  asset: 'USDT',
  amount: '85.62424099',
  billingAmount: tenge('40000.00'),
  quote: {
    id: IDS.quote,
    pair: 'USDT/KZT',
    mid: '474.3',
    appliedRate: '471.829',
    spreadBasisPoints: 50,
    spread: tenge('203.02'),
    fee: tenge('400.00'),
    observedAt: '2026-11-22T09:59:59.800Z',
    ageMs: 200,
    sources: [
      {
        exchange: 'bybit',
        pair: 'USDT/KZT',
        bid: '474.2',
        ask: '474.4',
        observedAt: '2026-11-22T09:59:59.800Z',
      },
    ],
  },
}

/** An approval of the estimate. */
export const APPROVAL: AuthorizationAnswer = {
  authorizationId: IDS.authorization,
  decision: 'approved',
  responseCode: '00',
  approvalCode: '0A1B2C',
  approvedAmount: tenge('40000.00'),
  funding: [FUNDING],
  messages: APPROVAL_MESSAGES.approved,
}

/** The same out of a wallet whose first asset is worth less. */
export const BY_SEVERAL: AuthorizationAnswer = {
  ...APPROVAL,
  funding: [
    {
      ...FUNDING,
      exchange: 'binance',
      amount: '64.21818074',
      billingAmount: tenge('30000.00'),
      quote: { ...FUNDING.quote, spread: tenge('152.26'), fee: tenge('300.00') },
    },
    {
      ...FUNDING,
      exchange: 'binance',
      asset: 'BTC',
      amount: '0.00025377',
      billingAmount: tenge('10000.00'),
      quote: {
        ...FUNDING.quote,
        id: IDS.furtherQuote,
        pair: 'BTC/KZT',
        mid: '40010000',
        appliedRate: '39800000',
        spread: tenge('50.80'),
        fee: tenge('100.00'),
      },
    },
  ],
}

/** Approved for less. */
export const PARTIAL: AuthorizationAnswer = {
  ...APPROVAL,
  decision: 'partially_approved',
  responseCode: '10',
  approvedAmount: tenge('8000.00'),
  funding: [{ ...FUNDING, amount: '17.12484820', billingAmount: tenge('8000.00') }],
  messages: APPROVAL_MESSAGES.partially_approved,
}
