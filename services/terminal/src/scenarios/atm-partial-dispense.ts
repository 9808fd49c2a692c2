import { kzt, type Scenario } from '../scenario/scenario.ts'

/** A cash machine counts out less than was approved. */
export const atmPartialDispense: Scenario = {
  name: 'atm-partial-dispense',
  title: 'cash withdrawal of which the machine gives only a part',
  steps: [
    {
      kind: 'authorize',
      says: 'Cash is asked for.',
      name: 'cash',
      sale: {
        type: 'cash_withdrawal',
        amount: '50000.00',
        channel: 'atm',
        merchantName: 'Tolem cash machine',
        categoryCode: '6011',
      },
      expect: { decision: 'approved', approvedAmount: kzt('50000.00') },
    },
    {
      kind: 'reverse',
      says: 'A cassette jams: only 30,000 came out.',
      of: 'cash',
      reason: 'completed_partially',
      to: '30000.00',
      expect: {
        outcome: 'partially_reversed',
        releasedAmount: kzt('20000.00'),
        heldAmount: kzt('30000.00'),
      },
    },
    {
      kind: 'clear',
      says: 'What came out is claimed.',
      of: 'cash',
      amount: '30000.00',
      expect: { outcome: 'cleared', exposedAmount: kzt('0.00'), releasedAmount: kzt('0.00') },
    },
    {
      kind: 'settle',
      says: 'The rest is in the wallet again.',
      of: ['cash'],
      keeps: 'part',
      debits: 1,
    },
  ],
}
