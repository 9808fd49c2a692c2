import { randomBytes } from 'node:crypto'
import { createMessageNumbers } from '@tolem/client/message-numbers'
import type { AuthorizationBody } from '@tolem/wire/request'
import type { ReversalBody } from '@tolem/wire/reversal'

/** The terminal of this worker, whose files share the numbers below: no two can send the same network key. */
export const TERMINAL_ID = `T${randomBytes(5).toString('hex')}`

/** The numbers of a message that no one has sent before. */
export const newNumbers = createMessageNumbers({
  now: Date.now,
  firstNumber: randomBytes(4).readUInt32BE() % 999_999,
})

/** A purchase of 12,500.00 KZT that no one has sent before; a test names only what matters to it. */
export function aPurchase(
  cardToken: string,
  { amount = '12500.00', ...overrides }: Partial<AuthorizationBody> & { amount?: string } = {},
): AuthorizationBody {
  return {
    type: 'purchase',
    cardToken,
    transactionAmount: { value: amount, currency: 'KZT' },
    acquirerId: '398001',
    ...newNumbers(),
    terminal: { id: TERMINAL_ID, type: 'pos', entryMode: 'contactless' },
    merchant: { id: 'M-1', name: 'Magnum', city: 'Almaty', country: 'KZ', categoryCode: '5411' },
    ...overrides,
  }
}

/** A new reversal of `original`: its id, or the message itself, which is then named by its network key. */
export function aReversal(original: string | AuthorizationBody): ReversalBody {
  return {
    original: typeof original === 'string' ? { authorizationId: original } : keyOf(original),
    reason: 'customer_cancellation',
    acquirerId: '398001',
    terminalId: TERMINAL_ID,
    ...newNumbers(),
  }
}

/** The network key of a message that asks for money. */
export function keyOf(message: Omit<AuthorizationBody, 'cashbackAmount'>) {
  return {
    acquirerId: message.acquirerId,
    terminalId: message.terminal.id,
    systemTraceAuditNumber: message.systemTraceAuditNumber,
    retrievalReferenceNumber: message.retrievalReferenceNumber,
    localDateTime: message.localDateTime,
  }
}
