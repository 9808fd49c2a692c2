import { kzt, type Scenario } from '../scenario/scenario.ts'

/** The network delivers a reversal before the authorization that it undoes. */
export const reversalFirst: Scenario = {
  name: 'reversal-first',
  title: 'a reversal that arrives before its authorization',
  steps: [
    {
      kind: 'reverse',
      says: 'The till gave up waiting: its reversal overtakes its request.',
      of: 'lunch',
      reason: 'no_response',
      expect: { outcome: 'recorded_before_original', responseCode: '00' },
    },
    {
      kind: 'authorize',
      says: 'The request arrives, and is declined without asking the exchange.',
      name: 'lunch',
      sale: { amount: '4500.00', merchantName: 'Kaganat', categoryCode: '5814' },
      expect: { decision: 'declined', reason: 'reversed_before_authorization' },
    },
    {
      kind: 'reverse',
      says: 'The till’s bank reverses once more.',
      of: 'lunch',
      reason: 'response_received_too_late',
      expect: { responseCode: '00' },
    },
    {
      kind: 'authorize',
      says: 'The guest pays again: a new message.',
      name: 'again',
      sale: { amount: '4500.00', merchantName: 'Kaganat', categoryCode: '5814' },
      expect: { decision: 'approved', approvedAmount: kzt('4500.00') },
    },
    {
      kind: 'settle',
      says: 'Lunch was debited once.',
      of: ['lunch', 'again'],
      keeps: 'all',
      debits: 1,
    },
  ],
}
