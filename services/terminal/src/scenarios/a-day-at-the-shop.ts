import { kzt, type Scenario } from '../scenario/scenario.ts'

/** Dinner with a tip, shoes of which one pair goes back at once, and a refund days later. */
export const aDayAtTheShop: Scenario = {
  name: 'a-day-at-the-shop',
  title: 'purchase, tip, partial reversal, clearing in two presentments, refund',
  steps: [
    {
      kind: 'authorize',
      says: 'Dinner is paid at the table.',
      name: 'dinner',
      sale: { amount: '20000.00', merchantName: 'Navat', categoryCode: '5812' },
      expect: { decision: 'approved', approvedAmount: kzt('20000.00') },
    },
    {
      kind: 'clear',
      says: 'The guest added a tip: more is claimed than was held.',
      of: 'dinner',
      amount: '22000.00',
      expect: {
        outcome: 'cleared_beyond_hold',
        fromHoldAmount: kzt('20000.00'),
        exposedAmount: kzt('2000.00'),
      },
    },
    {
      kind: 'authorize',
      says: 'Two pairs of shoes are paid at the till.',
      name: 'shoes',
      sale: { amount: '60000.00', merchantName: 'Mechta', categoryCode: '5661' },
      expect: { decision: 'approved', approvedAmount: kzt('60000.00') },
    },
    {
      kind: 'reverse',
      says: 'One pair does not fit: the amount is lowered at once.',
      of: 'shoes',
      reason: 'original_amount_incorrect',
      to: '35000.00',
      expect: {
        outcome: 'partially_reversed',
        releasedAmount: kzt('25000.00'),
        heldAmount: kzt('35000.00'),
      },
    },
    {
      kind: 'clear',
      says: 'The shoes are presented, but not the box that is sent later.',
      of: 'shoes',
      amount: '30000.00',
      isLast: false,
      expect: { outcome: 'cleared', releasedAmount: kzt('0.00') },
    },
    {
      kind: 'clear',
      says: 'The box is presented: the second and last presentment.',
      of: 'shoes',
      amount: '5000.00',
      expect: { outcome: 'cleared', exposedAmount: kzt('0.00'), releasedAmount: kzt('0.00') },
    },
    {
      kind: 'settle',
      says: 'The tip was collected from the wallet.',
      of: ['dinner'],
      keeps: 'all',
      debits: 2,
    },
    {
      kind: 'refund',
      says: 'A heel came off: a part of the price is given back.',
      of: 'shoes',
      amount: '10000.00',
      expect: { decision: 'approved', refundedAmount: kzt('10000.00') },
    },
    {
      kind: 'settle',
      says: 'What was reversed and refunded is in the wallet again.',
      of: ['shoes'],
      keeps: 'part',
      debits: 1,
    },
  ],
}
