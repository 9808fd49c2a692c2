import { kzt, type Scenario } from '../scenario/scenario.ts'

const ROOM = {
  amount: '90000.00',
  merchantName: 'Rixos Almaty',
  categoryCode: '7011',
  entryMode: 'chip',
  isPinEntered: true,
  isPreauthorization: true,
} as const

/** A stay that grows twice and costs less in the end. */
export const hotel: Scenario = {
  name: 'hotel',
  title: 'pre-authorization, two increments, lower clearing',
  steps: [
    {
      kind: 'authorize',
      says: 'At check-in three nights are held.',
      name: 'room',
      sale: ROOM,
      expect: { decision: 'approved', approvedAmount: kzt('90000.00') },
    },
    {
      kind: 'increment',
      says: 'The guest stays one more night.',
      name: 'night',
      of: 'room',
      amount: '30000.00',
      expect: { decision: 'approved', approvedAmount: kzt('30000.00') },
    },
    {
      kind: 'increment',
      says: 'The minibar is put on the room.',
      name: 'minibar',
      of: 'room',
      amount: '12000.00',
      expect: { decision: 'approved', approvedAmount: kzt('12000.00') },
    },
    {
      kind: 'clear',
      says: 'At check-out the minibar turns out to be less.',
      of: 'room',
      amount: '125500.00',
      expect: {
        outcome: 'cleared',
        fromHoldAmount: kzt('125500.00'),
        exposedAmount: kzt('0.00'),
        releasedAmount: kzt('6500.00'),
      },
    },
    {
      kind: 'settle',
      says: 'What was held beyond the bill is in the wallet again.',
      of: ['room', 'night', 'minibar'],
      keeps: 'part',
      debits: 3,
    },
    {
      kind: 'increment',
      says: 'The hold is closed: nothing can be put on the room any more.',
      name: 'late',
      of: 'room',
      amount: '1000.00',
      expect: { decision: 'declined', reason: 'original_closed' },
    },
  ],
}
