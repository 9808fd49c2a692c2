import type { AuthorizationBody } from '../request.ts'

/** One stay at a hotel: what the examples of the calls tell, one after the other. */
const ACQUIRER = '400001'
const TERMINAL = 'T0000001'
const REFERENCE = '632615000001'

/** The card of the examples. */
export const CARD_TOKEN = 'ct_halyk_0001'

/** The ids that the examples have in common. */
export const IDS = {
  authorization: 'aut_019a1b2c-3d4e-7f50-8a6b-000000000001',
  increment: 'aut_019a1b2c-3d4e-7f50-8a6b-000000000002',
  advice: 'aut_019a1b2c-3d4e-7f50-8a6b-000000000003',
  reversal: 'rev_019a1b2c-3d4e-7f50-8a6b-000000000004',
  clearing: 'clr_019a1b2c-3d4e-7f50-8a6b-000000000005',
  refund: 'rfd_019a1b2c-3d4e-7f50-8a6b-000000000006',
  quote: 'qte_019a1b2c-3d4e-7f50-8a6b-000000000007',
  mandate: 'mdt_019a1b2c-3d4e-7f50-8a6b-000000000008',
  furtherQuote: 'qte_019a1b2c-3d4e-7f50-8a6b-000000000009',
} as const

/** An amount of tenge. */
export const tenge = (value: string) => ({ value, currency: 'KZT' }) as const

/** The fields that identify the message with this trace number, sent at this minute after ten in UTC. */
export function keyAt(trace: string, minute: string) {
  return {
    acquirerId: ACQUIRER,
    systemTraceAuditNumber: trace,
    retrievalReferenceNumber: REFERENCE,
    localDateTime: `2026-11-22T15:${minute}:00`,
    transmittedAt: `2026-11-22T10:${minute}:00Z`,
  } as const
}

/** The same where the terminal is a field of its own. */
export const terminalKeyAt = (trace: string, minute: string) =>
  ({ ...keyAt(trace, minute), terminalId: TERMINAL }) as const

/** The hotel's terminal. */
export const AT_THE_HOTEL = {
  terminal: { id: TERMINAL, type: 'pos', entryMode: 'chip', pinEntered: true },
  merchant: {
    id: 'M00000000000001',
    name: 'Hotel Kazakhstan',
    city: 'Almaty',
    country: 'KZ',
    categoryCode: '7011',
  },
} as const

/** The first message: the hotel asks for an estimate. */
export const ESTIMATE: AuthorizationBody = {
  type: 'purchase',
  cardToken: CARD_TOKEN,
  transactionAmount: tenge('40000.00'),
  ...keyAt('000001', '00'),
  ...AT_THE_HOTEL,
  preauthorization: true,
}

/** The first message as a later one names it. */
export const ORIGINAL = {
  messageKind: 'authorization',
  acquirerId: ACQUIRER,
  terminalId: TERMINAL,
  systemTraceAuditNumber: '000001',
  retrievalReferenceNumber: REFERENCE,
  localDateTime: '2026-11-22T15:00:00',
} as const
