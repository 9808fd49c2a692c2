import { kzt, type Scenario } from '../scenario/scenario.ts'

/** A network that does not trust its lines sends everything twenty times. */
export const repeatStorm: Scenario = {
  name: 'repeat-storm',
  title: 'twenty copies of each message at once',
  steps: [
    {
      kind: 'authorize',
      says: 'Twenty copies of a purchase arrive at once: one decision.',
      name: 'ticket',
      sale: { amount: '8000.00', merchantName: 'Chaplin', categoryCode: '7832' },
      copies: 20,
      expect: { decision: 'approved', approvedAmount: kzt('8000.00') },
    },
    {
      kind: 'settle',
      says: 'It was debited once.',
      of: ['ticket'],
      keeps: 'all',
      debits: 1,
    },
    {
      kind: 'reverse',
      says: 'Twenty copies of its reversal arrive at once.',
      of: 'ticket',
      reason: 'customer_cancellation',
      copies: 20,
      expect: { outcome: 'reversed', releasedAmount: kzt('8000.00') },
    },
    {
      kind: 'settle',
      says: 'It was credited once.',
      of: ['ticket'],
      keeps: 'nothing',
      debits: 1,
    },
  ],
}
