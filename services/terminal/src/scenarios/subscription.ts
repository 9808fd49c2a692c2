import { kzt, type Scenario } from '../scenario/scenario.ts'

const MONTH = {
  amount: '3190.00',
  merchantName: 'Kinopark Online',
  categoryCode: '5815',
  channel: 'ecommerce',
} as const

const STORED = { ...MONTH, entryMode: 'credential_on_file', isRecurring: true } as const

/** A merchant that charges every month, and a cardholder who takes a break. */
export const subscription: Scenario = {
  name: 'subscription',
  title: 'recurring purchases with stored card data, and a frozen card',
  steps: [
    {
      kind: 'authorize',
      says: 'The cardholder subscribes on the web.',
      name: 'first',
      sale: MONTH,
      expect: { decision: 'approved', approvedAmount: kzt('3190.00') },
    },
    {
      kind: 'clear',
      says: 'The first month is claimed.',
      of: 'first',
      amount: '3190.00',
      expect: { outcome: 'cleared' },
    },
    {
      kind: 'authorize',
      says: 'The merchant charges the second month by itself, as a single message.',
      name: 'second',
      sale: { ...STORED, isFinal: true },
      expect: { decision: 'approved', approvedAmount: kzt('3190.00') },
    },
    {
      kind: 'card',
      says: 'The cardholder freezes the card.',
      card: 'main',
      status: 'frozen',
      expect: { status: 'frozen' },
    },
    {
      kind: 'authorize',
      says: 'The third month is declined.',
      name: 'third',
      sale: STORED,
      expect: { decision: 'declined', reason: 'card_frozen' },
    },
    {
      kind: 'card',
      says: 'The card is used again.',
      card: 'main',
      status: 'active',
      expect: { status: 'active' },
    },
    {
      kind: 'authorize',
      says: 'The merchant tries the third month again.',
      name: 'third-again',
      sale: STORED,
      expect: { decision: 'approved' },
    },
    {
      kind: 'reverse',
      says: 'The cardholder ends the subscription on the same day.',
      of: 'third-again',
      reason: 'customer_cancellation',
      expect: { outcome: 'reversed', heldAmount: kzt('0.00') },
    },
    {
      kind: 'settle',
      says: 'Two months were paid, and the third is in the wallet again.',
      of: ['first', 'second', 'third', 'third-again'],
      keeps: 'part',
      debits: 3,
    },
  ],
}
