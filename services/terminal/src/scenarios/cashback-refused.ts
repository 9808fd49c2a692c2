import { kzt, type Scenario } from '../scenario/scenario.ts'

/** More cash than a till may hand out: the purchase goes ahead without it. */
export const cashbackRefused: Scenario = {
  name: 'cashback-refused',
  title: 'purchase with cashback of which only the cash is refused',
  steps: [
    {
      kind: 'authorize',
      says: 'Cash beyond the programme’s limit is asked for at the till.',
      name: 'groceries',
      sale: {
        amount: '212500.00',
        cashback: '200500.00',
        isPinEntered: true,
        isPartialApprovalSupported: true,
      },
      expect: {
        decision: 'partially_approved',
        responseCode: '87',
        approvedAmount: kzt('12000.00'),
      },
    },
    {
      kind: 'authorize',
      says: 'As much as the limit allows is handed out.',
      name: 'cash',
      sale: { amount: '15000.00', cashback: '5000.00', isPinEntered: true },
      expect: { decision: 'approved', responseCode: '00', approvedAmount: kzt('15000.00') },
    },
    {
      kind: 'settle',
      says: 'Each was debited once.',
      of: ['groceries', 'cash'],
      keeps: 'all',
      debits: 2,
    },
  ],
}
