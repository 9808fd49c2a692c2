import { type CardBody, cardAnswer, cardBody } from '../card.ts'
import type { Operation } from './operation.ts'
import { CARD_TOKEN, tenge } from './story.ts'

const CARD: CardBody = {
  status: 'active',
  expiresOn: '2028-12',
  lastFour: '0001',
  limits: { perTransaction: tenge('500000.00'), dailyAmount: tenge('1000000.00'), dailyCount: 50 },
  walletLink: {
    exchange: 'bybit',
    rail: 'bybit-pay',
    walletId: 'AGR0001',
    userId: 'U0001',
    assets: ['USDT', 'BTC'],
  },
}

/** The calls by which a bank provisions its cards. */
export const CARD_OPERATIONS = [
  {
    method: 'put',
    path: '/v1/cards/{cardToken}',
    operationId: 'putCard',
    tag: 'Cards',
    summary: 'Provision a card, whole',
    description:
      'Status, expiry, limits and wallet link as they shall be. Each change raises the version.',
    repeats: 'Idempotent: the same card again changes nothing.',
    money: 'Moves none. It holds for every authorization that is accepted after the answer.',
    request: {
      name: 'CardRequest',
      schema: cardBody,
      examples: { card: { summary: 'An active card with a wallet', value: CARD } },
    },
    answer: {
      name: 'CardAnswer',
      schema: cardAnswer,
      examples: {
        card: {
          summary: 'The card as it stands',
          value: { cardToken: CARD_TOKEN, version: 1, ...CARD },
        },
      },
    },
  },
] as const satisfies readonly Operation[]
