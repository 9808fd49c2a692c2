import { type MandateAnswer, type MandateBody, mandateAnswer, mandateBody } from '../mandate.ts'
import { CARD_ANSWER } from './cards.ts'
import type { Operation } from './operation.ts'
import { CARD_TOKEN, IDS } from './story.ts'

const REQUEST = {
  mandateRequestId: 'halyk-link-000017',
  exchange: 'bybit',
  rail: 'bybit-pay',
  assets: ['USDT'],
  singleLimit: { value: '500.00', asset: 'USDT' },
} as const satisfies MandateBody

const REQUESTED = {
  mandateId: IDS.mandate,
  cardToken: CARD_TOKEN,
  ...REQUEST,
  assets: [...REQUEST.assets],
  singleLimit: { value: '500.00000000', asset: 'USDT' },
  status: 'requested',
  createdAt: '2026-11-22T10:00:00.000Z',
} satisfies MandateAnswer

const EXPIRES = { expiresAt: '2026-11-22T10:30:00.000Z' }

const ANSWER = {
  name: 'MandateAnswer',
  schema: mandateAnswer,
  examples: {
    offered: {
      summary: 'The cardholder can sign',
      value: {
        ...REQUESTED,
        ...EXPIRES,
        status: 'offered',
        link: 'https://pay.exchange.example/sign?token=a1b2c3',
        qrCode: 'https://pay.exchange.example/sign?token=a1b2c3',
      },
    },
    requested: { summary: 'The exchange has not answered yet', value: REQUESTED },
    signed: {
      summary: 'Signed: it pays for the card',
      value: {
        ...REQUESTED,
        ...EXPIRES,
        status: 'signed',
        walletId: 'AGR0001',
        signedAt: '2026-11-22T10:04:05.000Z',
        endsAt: '2027-11-22T10:04:05.000Z',
      },
    },
    ended: {
      summary: 'The cardholder ended it at the exchange',
      value: {
        ...REQUESTED,
        ...EXPIRES,
        status: 'ended',
        reason: 'ended_at_exchange',
        walletId: 'AGR0001',
        signedAt: '2026-11-22T10:04:05.000Z',
        endedAt: '2026-12-01T08:00:00.000Z',
      },
    },
  },
} as const

/** The calls by which a cardholder's wallet is linked and unlinked. */
export const MANDATE_OPERATIONS = [
  {
    method: 'post',
    path: '/v1/cards/{cardToken}/mandates',
    operationId: 'requestMandate',
    tag: 'Cards',
    summary: 'Ask for a link by which the cardholder allows debits',
    description:
      'For rails on which the cardholder signs a mandate at the exchange. The answer has a link and the text of a QR ' +
      'code. As soon as it is signed it pays for the card, in place of the wallet that was linked before; a mandate ' +
      'that paid until then is ended at the exchange. Where the exchange does not answer in time, the mandate is ' +
      'requested, and we ask on: read it again. A wallet that the bank itself links after it asked for a mandate ' +
      'stays.',
    repeats:
      'The same mandateRequestId with the same content is the same mandate, answered as it now stands; with other ' +
      'content it is a problem (422, mandate_request_reused).',
    money: 'Moves none. It pays for every authorization that is accepted after it was signed.',
    request: {
      name: 'MandateRequest',
      schema: mandateBody,
      examples: { usdt: { summary: 'USDT at Bybit, at most 500 at once', value: REQUEST } },
    },
    otherStatuses: {
      201: 'The mandate was made.',
      202: 'The exchange has not answered yet; read the mandate again.',
    },
    answer: ANSWER,
  },
  {
    method: 'get',
    path: '/v1/cards/{cardToken}/mandates/{mandateId}',
    operationId: 'getMandate',
    tag: 'Cards',
    summary: 'The mandate as it stands',
    description: 'Another bank’s mandate is not found, and another card’s neither.',
    repeats: 'Shows the present state.',
    money: 'Moves none.',
    answer: ANSWER,
  },
  {
    method: 'delete',
    path: '/v1/cards/{cardToken}/wallet-link',
    operationId: 'removeCardWalletLink',
    tag: 'Cards',
    summary: 'Unlink the wallet from a card',
    description:
      'From the next purchase on the card declines wallet_not_linked. Every mandate of the card, also one that is ' +
      'offered and not signed yet, is ended at its exchange within seconds; so is one that the bank had signed ' +
      'elsewhere and linked itself. A sub-account stays what it is. What was debited before can still be given back.',
    repeats: 'Idempotent: a card without a wallet stays as it is.',
    money: 'Moves none. It holds for every authorization that is accepted after the answer.',
    answer: CARD_ANSWER,
  },
] as const satisfies readonly Operation[]
