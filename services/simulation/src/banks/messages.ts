import type { Random } from '../machine/random.ts'

/** The calls that banks make here. */
export type CallName =
  | 'authorizations'
  | 'increments'
  | 'advices'
  | 'reversals'
  | 'clearings'
  | 'refunds'

/** A card as its bank knows it. */
export type BankCard = { readonly bank: string; readonly keyId: string; readonly token: string }

/** A message that can be sent any number of times. */
export type BankMessage = {
  readonly call: CallName
  readonly card: BankCard
  /** Its number within the seed. */
  readonly number: number
  readonly body: Readonly<Record<string, unknown>>
}

/** Writes messages; no two have the same network key. */
export type Messages = {
  readonly purchase: (card: BankCard, tiyn: number) => BankMessage
  readonly increment: (of: BankMessage, tiyn: number) => BankMessage
  /** In full, or down to a replacement. */
  readonly reversal: (of: BankMessage, replacementTiyn?: number) => BankMessage
  readonly advice: (card: BankCard, tiyn: number, of?: BankMessage) => BankMessage
  readonly clearing: (of: BankMessage, tiyn: number, isLast: boolean) => BankMessage
  readonly refund: (of: BankMessage, tiyn: number) => BankMessage
}

const LOCAL = '2026-11-22T15:00:00'
const TERMINAL = 'T0000001'
const ACQUIRER = '400001'

export function createMessages(random: Random): Messages {
  let written = 0

  function write(call: CallName, card: BankCard, fields: object): BankMessage {
    written += 1
    const key = {
      acquirerId: ACQUIRER,
      systemTraceAuditNumber: String(written).padStart(6, '0'),
      retrievalReferenceNumber: `R${String(written).padStart(11, '0')}`,
      localDateTime: LOCAL,
      transmittedAt: '2026-11-22T10:00:00Z',
    }
    return { call, card, number: written, body: { ...fields, ...key } }
  }

  const request = (card: BankCard, tiyn: number) => ({
    type: 'purchase',
    cardToken: card.token,
    transactionAmount: tenge(tiyn),
    terminal: { id: TERMINAL, type: 'pos', entryMode: 'contactless', pinEntered: false },
    merchant: {
      id: 'M0000001',
      name: 'Shop',
      city: 'Almaty',
      country: 'KZ',
      categoryCode: random.pick(['5411', '5542', '5812']),
    },
  })

  return {
    purchase: (card, tiyn) =>
      write('authorizations', card, {
        ...request(card, tiyn),
        final: random.chance(0.1),
        partialApprovalSupported: random.chance(0.2),
      }),
    increment: (of, tiyn) =>
      write('increments', of.card, { ...request(of.card, tiyn), original: originalOf(of) }),
    reversal: (of, replacementTiyn) =>
      write('reversals', of.card, {
        original: originalOf(of),
        reason: replacementTiyn === undefined ? 'customer_cancellation' : 'completed_partially',
        ...(replacementTiyn !== undefined && { replacementAmount: tenge(replacementTiyn) }),
        terminalId: TERMINAL,
      }),
    advice: (card, tiyn, of) =>
      write('advices', card, {
        ...request(card, tiyn),
        decision: 'approved',
        reason: random.pick(['issuer_timed_out', 'issuer_unavailable']),
        ...(of && { original: originalOf(of) }),
      }),
    clearing: (of, tiyn, isLast) =>
      write('clearings', of.card, {
        original: originalOf(of),
        cardToken: of.card.token,
        clearingAmount: tenge(tiyn),
        last: isLast,
        terminalId: TERMINAL,
      }),
    refund: (of, tiyn) =>
      write('refunds', of.card, {
        original: originalOf(of),
        cardToken: of.card.token,
        refundAmount: tenge(tiyn),
        terminalId: TERMINAL,
      }),
  }
}

const KIND_BY_CALL = {
  authorizations: 'authorization',
  increments: 'increment',
  advices: 'advice',
} as const

function originalOf({ call, body }: BankMessage): object {
  const messageKind =
    call === 'increments' || call === 'advices' ? KIND_BY_CALL[call] : KIND_BY_CALL.authorizations
  return {
    messageKind,
    acquirerId: body['acquirerId'],
    systemTraceAuditNumber: body['systemTraceAuditNumber'],
    retrievalReferenceNumber: body['retrievalReferenceNumber'],
    localDateTime: body['localDateTime'],
    terminalId: TERMINAL,
  }
}

function tenge(tiyn: number): { readonly value: string; readonly currency: 'KZT' } {
  const cents = String(tiyn % 100).padStart(2, '0')
  return { value: `${Math.floor(tiyn / 100)}.${cents}`, currency: 'KZT' }
}
