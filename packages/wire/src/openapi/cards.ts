import {
  type CardBody,
  cardAnswer,
  cardBody,
  cardControlsBody,
  cardStatusBody,
  cardWalletLinkBody,
} from '../card.ts'
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

/** What changes and shows a card: the card as it stands. */
export const CARD_ANSWER = {
  name: 'CardAnswer',
  schema: cardAnswer,
  examples: {
    card: {
      summary: 'The card as it stands',
      value: { cardToken: CARD_TOKEN, version: 1, ...CARD },
    },
  },
} as const

/** What the changes of a part have in common. */
const PART = {
  method: 'put',
  tag: 'Cards',
  repeats: 'Idempotent: the same again leaves the same card.',
  money: 'Moves none. It holds for every authorization that is accepted after the answer.',
  answer: CARD_ANSWER,
} as const

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
    answer: CARD_ANSWER,
  },
  {
    method: 'get',
    path: '/v1/cards/{cardToken}',
    operationId: 'getCard',
    tag: 'Cards',
    summary: 'The card as it stands',
    description: 'Another bank’s card is not found.',
    repeats: 'Shows the present state.',
    money: 'Moves none.',
    answer: CARD_ANSWER,
  },
  {
    ...PART,
    path: '/v1/cards/{cardToken}/status',
    operationId: 'putCardStatus',
    summary: 'Change a card’s status alone',
    description:
      'A closed card never comes back, and a lost or stolen one can only be closed. The rest of the card stays.',
    request: {
      name: 'CardStatusRequest',
      schema: cardStatusBody,
      examples: { frozen: { summary: 'Freeze', value: { status: 'frozen' } } },
    },
  },
  {
    ...PART,
    path: '/v1/cards/{cardToken}/controls',
    operationId: 'putCardControls',
    summary: 'Replace a card’s controls alone',
    description: 'The cardholder’s own lists and limits, whole. The rest of the card stays.',
    request: {
      name: 'CardControlsRequest',
      schema: cardControlsBody,
      examples: {
        home: { summary: 'In Kazakhstan alone', value: { countries: { allow: ['KZ'] } } },
      },
    },
  },
  {
    ...PART,
    path: '/v1/cards/{cardToken}/wallet-link',
    operationId: 'putCardWalletLink',
    summary: 'Link another wallet to a card',
    description: 'It pays from the next purchase on. The rest of the card stays.',
    request: {
      name: 'CardWalletLinkRequest',
      schema: cardWalletLinkBody,
      examples: { wallet: { summary: 'A mandate at Bybit', value: CARD.walletLink } },
    },
  },
] as const satisfies readonly Operation[]
