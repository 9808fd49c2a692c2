import { type AuthorizationEvent, authorizationEvent } from '../inquiry.ts'
import { CARD_TOKEN, IDS, tenge } from './story.ts'

const EVENT: AuthorizationEvent = {
  type: 'authorization.cleared',
  id: `evt_${IDS.authorization.slice(4)}_1042`,
  time: '2026-11-22T18:30:00.120Z',
  authorizationId: IDS.authorization,
  sequence: 1042,
  data: {
    cardToken: CARD_TOKEN,
    kind: 'authorization',
    type: 'purchase',
    billingAmount: tenge('40000.00'),
    clearing: {
      clearingId: 'clr_019aa9c0-5b00-7000-8000-00000000c1ea',
      outcome: 'cleared',
      amount: tenge('38000.00'),
      fromHoldAmount: tenge('38000.00'),
      exposedAmount: tenge('0.00'),
      releasedAmount: tenge('2000.00'),
      last: true,
    },
  },
}

/** What we send to banks: the event, its example, and how it is delivered. */
export const EVENT_WEBHOOK = {
  name: 'AuthorizationEvent',
  schema: authorizationEvent,
  examples: { cleared: { summary: 'A presentment claimed the purchase.', value: EVENT } },
  summary: 'Tell a bank what happened',
  description:
    'Sent to the address that the programme has for the bank, by ' +
    '[Standard Webhooks](https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp` and ' +
    '`webhook-signature` (`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; two of them, separated by a ' +
    'space, while a secret is replaced).\n\n' +
    'Each change is told at least once, under one id and in the same bytes every time: ignore an id that is known. ' +
    'The events of one authorization come in their order; the next one is sent only after the one before it was ' +
    'taken. Whatever is not answered with 2xx in time is sent again, later each time, for ever; it holds up no other ' +
    'authorization. Redirects are not followed, and 410 unsubscribes nobody. Events tell what happened; ask ' +
    '`GET /v1/authorizations/{id}` for how things stand.',
} as const
