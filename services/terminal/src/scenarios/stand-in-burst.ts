import { kzt, type Scenario } from '../scenario/scenario.ts'

/** What the bank decided while nobody here answered, told afterwards in the order in which it happened. */
export const standInBurst: Scenario = {
  name: 'stand-in-burst',
  title: 'advices after an outage, in order, and a late request among them',
  steps: [
    {
      kind: 'advise',
      says: 'Bread was sold while we were away.',
      name: 'bread',
      sale: { amount: '900.00', merchantName: 'Tsesna' },
      decision: 'approved',
      reason: 'issuer_unavailable',
      expect: { outcome: 'approved', responseCode: '00' },
    },
    {
      kind: 'advise',
      says: 'A watch was not: the bank declined.',
      name: 'watch',
      sale: { amount: '890000.00', merchantName: 'Viled', categoryCode: '5944' },
      decision: 'declined',
      reason: 'issuer_unavailable',
      expect: { outcome: 'declined', responseCode: '00' },
    },
    {
      kind: 'advise',
      says: 'A taxi was paid: its request had been sent to us and got no answer.',
      name: 'ride',
      of: 'taxi',
      sale: { amount: '2400.00', merchantName: 'Yandex Go', categoryCode: '4121' },
      decision: 'approved',
      reason: 'issuer_timed_out',
      expect: { outcome: 'approved', responseCode: '00' },
    },
    {
      kind: 'authorize',
      says: 'The taxi’s request itself arrives, late: the advice has taken its place.',
      name: 'taxi',
      sale: { amount: '2400.00', merchantName: 'Yandex Go', categoryCode: '4121' },
      expect: { decision: 'declined', reason: 'advised_before_authorization' },
    },
    {
      kind: 'advise',
      says: 'A coffee was sold offline, under the floor limit.',
      name: 'coffee',
      sale: { amount: '1300.00', merchantName: 'Coffee BOOM', categoryCode: '5814' },
      decision: 'approved',
      reason: 'under_floor_limit',
      expect: { outcome: 'approved' },
    },
    {
      kind: 'reverse',
      says: 'The coffee was cancelled after all.',
      of: 'coffee',
      reason: 'customer_cancellation',
      expect: { outcome: 'reversed', releasedAmount: kzt('1300.00'), heldAmount: kzt('0.00') },
    },
    {
      kind: 'settle',
      says: 'What the bank approved was debited afterwards.',
      of: ['bread', 'ride'],
      keeps: 'all',
      debits: 2,
    },
    {
      kind: 'clear',
      says: 'The bread is claimed as any purchase.',
      of: 'bread',
      amount: '900.00',
      expect: { outcome: 'cleared', fromHoldAmount: kzt('900.00') },
    },
  ],
}
