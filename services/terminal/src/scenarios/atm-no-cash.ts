import { kzt, type Scenario } from '../scenario/scenario.ts'

/** A cash machine that gives nothing says so twice. */
export const atmNoCash: Scenario = {
  name: 'atm-no-cash',
  title: 'cash withdrawal of which nothing comes out',
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
      says: 'Nothing comes out.',
      of: 'cash',
      reason: 'no_cash_dispensed',
      expect: { outcome: 'reversed', releasedAmount: kzt('50000.00'), heldAmount: kzt('0.00') },
    },
    {
      kind: 'reverse',
      says: 'The machine’s own bank reverses it as well.',
      of: 'cash',
      reason: 'suspected_malfunction',
      expect: { outcome: 'already_reversed' },
    },
    {
      kind: 'settle',
      says: 'All of it is in the wallet again, once.',
      of: ['cash'],
      keeps: 'nothing',
      debits: 1,
    },
  ],
}
