import type { MessageNumbers } from '@tolem/client/message-numbers'
import type { NetworkKey } from '@tolem/domain/authorization'
import type { ReversalReason } from '@tolem/domain/reversal'
import type { AuthorizationBody } from '@tolem/wire/request'
import type { ReversalBody } from '@tolem/wire/reversal'

/** The acquirer and the till that this simulator plays. */
const ACQUIRER_ID = '400001'
const TERMINAL_ID = 'TOLEM-POS-01'

/** A purchase at the till by contactless chip. */
export function purchaseBody(
  purchase: {
    readonly cardToken: string
    /** Tenge as decimal text. */
    readonly amount: string
    readonly merchantName: string
    readonly categoryCode: string
  },
  numbers: MessageNumbers,
): AuthorizationBody {
  return {
    type: 'purchase',
    cardToken: purchase.cardToken,
    transactionAmount: { value: purchase.amount, currency: 'KZT' },
    acquirerId: ACQUIRER_ID,
    terminal: { id: TERMINAL_ID, type: 'pos', entryMode: 'contactless' },
    merchant: {
      id: 'TOLEM-SHOP-01',
      name: purchase.merchantName,
      city: 'Almaty',
      country: 'KZ',
      categoryCode: purchase.categoryCode,
    },
    ...numbers,
  }
}

/** The same message sent once more (0101). */
export function asRepeat(body: AuthorizationBody, now: number): AuthorizationBody {
  return { ...body, repeat: true, transmittedAt: new Date(now).toISOString() }
}

/** A reversal of the whole of an authorization. */
export function reversalBody(
  original: ReversalBody['original'],
  reason: ReversalReason,
  numbers: MessageNumbers,
): ReversalBody {
  return { original, reason, acquirerId: ACQUIRER_ID, terminalId: TERMINAL_ID, ...numbers }
}

/** What identifies a purchase even when its answer never came. */
export function networkKeyOf(body: AuthorizationBody): NetworkKey {
  const { acquirerId, systemTraceAuditNumber, retrievalReferenceNumber, localDateTime } = body
  return {
    acquirerId,
    terminalId: body.terminal.id,
    systemTraceAuditNumber,
    retrievalReferenceNumber,
    localDateTime,
  }
}
