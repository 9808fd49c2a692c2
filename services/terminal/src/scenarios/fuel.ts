import { kzt, type Scenario } from '../scenario/scenario.ts'

/** A pump without attendant holds for a full tank and claims what flowed. */
export const fuel: Scenario = {
  name: 'fuel',
  title: 'pre-authorization at an automated pump, lower clearing',
  steps: [
    {
      kind: 'authorize',
      says: 'The pump holds for a full tank before it opens.',
      name: 'tank',
      sale: {
        amount: '30000.00',
        merchantName: 'Qazaq Oil 24',
        categoryCode: '5542',
        channel: 'unattended',
        isPinEntered: true,
        isPreauthorization: true,
      },
      expect: { decision: 'approved', approvedAmount: kzt('30000.00') },
    },
    {
      kind: 'clear',
      says: 'The tank was half full.',
      of: 'tank',
      amount: '14350.50',
      expect: {
        outcome: 'cleared',
        fromHoldAmount: kzt('14350.50'),
        releasedAmount: kzt('15649.50'),
      },
    },
    {
      kind: 'settle',
      says: 'The rest is in the wallet again.',
      of: ['tank'],
      keeps: 'part',
      debits: 1,
    },
  ],
}
