import { kzt, type Scenario } from '../scenario/scenario.ts'

/** A card is lost between a purchase and its clearing, and replaced. */
export const lostCard: Scenario = {
  name: 'lost-card',
  title: 'a lost card pays no more, what it had paid stays, its replacement pays',
  steps: [
    {
      kind: 'authorize',
      says: 'A book is bought.',
      name: 'book',
      sale: { amount: '6500.00', merchantName: 'Meloman', categoryCode: '5942' },
      expect: { decision: 'approved', approvedAmount: kzt('6500.00') },
    },
    {
      kind: 'card',
      says: 'The cardholder reports the card lost.',
      card: 'main',
      status: 'lost',
      expect: { status: 'lost' },
    },
    {
      kind: 'authorize',
      says: 'Whoever found it gets nothing.',
      name: 'theft',
      sale: { amount: '90000.00', merchantName: 'Sulpak', categoryCode: '5732' },
      expect: { decision: 'declined', reason: 'card_lost' },
    },
    {
      kind: 'clear',
      says: 'The book is claimed: it was bought before.',
      of: 'book',
      amount: '6500.00',
      expect: { outcome: 'cleared', exposedAmount: kzt('0.00') },
    },
    {
      kind: 'card',
      says: 'The bank issues a new card, for the same wallet.',
      card: 'new',
      status: 'active',
      expect: { status: 'active' },
    },
    {
      kind: 'authorize',
      says: 'The new card pays.',
      name: 'notebook',
      card: 'new',
      sale: { amount: '1200.00', merchantName: 'Meloman', categoryCode: '5942' },
      expect: { decision: 'approved', approvedAmount: kzt('1200.00') },
    },
    {
      kind: 'settle',
      says: 'The book and the notebook were debited, and nothing else.',
      of: ['book', 'theft', 'notebook'],
      keeps: 'all',
      debits: 2,
    },
  ],
}
