import { kzt, type Scenario } from '../scenario/scenario.ts'

const MUSEUM = {
  amount: '25.00',
  currency: 'EUR',
  merchantName: 'Pergamonmuseum',
  categoryCode: '7991',
  city: 'Berlin',
  country: 'DE',
} as const

/** A purchase abroad, which the cardholder’s bank bills in tenge. */
export const foreignCurrency: Scenario = {
  name: 'foreign-currency',
  title: 'purchase in euro, billed and cleared in tenge',
  steps: [
    {
      kind: 'authorize',
      says: 'Without an amount in tenge nothing can be decided.',
      name: 'unbilled',
      sale: MUSEUM,
      expect: { decision: 'declined', reason: 'currency_not_supported' },
    },
    {
      kind: 'authorize',
      says: 'The bank says what it will bill.',
      name: 'ticket',
      sale: { ...MUSEUM, billing: '14250.00' },
      expect: { decision: 'approved', approvedAmount: kzt('14250.00') },
    },
    {
      kind: 'clear',
      says: 'The euro rose before it was cleared.',
      of: 'ticket',
      amount: '14310.50',
      expect: {
        outcome: 'cleared_beyond_hold',
        fromHoldAmount: kzt('14250.00'),
        exposedAmount: kzt('60.50'),
      },
    },
    {
      kind: 'settle',
      says: 'The difference was collected from the wallet.',
      of: ['ticket'],
      keeps: 'all',
      debits: 2,
    },
  ],
}
