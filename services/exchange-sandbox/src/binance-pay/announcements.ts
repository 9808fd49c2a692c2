import { z } from 'zod'
import type { Cabinet, Drawer } from '../cabinet.ts'
import type { Endpoint } from '../call.ts'
import { payAnswer, payRefusal } from './answers.ts'
import type { Contract } from './contracts.ts'
import type { PayDeps } from './deps.ts'
import { alphanumeric, amount, currency, long, text } from './fields.ts'

/** "24H frozen period to apply the payment. Not needed for non-periodic payment." */
const FROZEN_MS = 86_400_000

/** Announced orders are numbered apart from paid ones. */
const FIRST_ID = 183_729_303_000_000_000n

type Announcement = {
  readonly orderId: string
  readonly merchantRequestId: string
  readonly contractId: string
  readonly at: number
}

/** Debits of periodic contracts that were announced to their cardholders. */
export type Announcements = {
  /** Idempotent by merchantRequestId. Durable when it resolves. */
  announce(merchantRequestId: string, contractId: string): Promise<Announcement>
  /** May the contract be debited under this announcement now? */
  isRipe(orderId: string | undefined, contract: Contract): boolean
}

export function createAnnouncements(deps: { cabinet: Cabinet; now: () => number }): Announcements {
  const { now } = deps
  const drawer: Drawer<Announcement> = deps.cabinet.open('binance-pay-announcements')
  const byId = new Map([...drawer.values()].map((each) => [each.orderId, each]))
  return {
    announce: async (merchantRequestId, contractId) => {
      const orderId = String(FIRST_ID + BigInt(byId.size + 1))
      const made = { orderId, merchantRequestId, contractId, at: now() }
      const announcement = drawer.find(merchantRequestId) ?? made
      byId.set(announcement.orderId, announcement)
      await drawer.put(merchantRequestId, announcement)
      return announcement
    },
    isRipe: (orderId, { contractId }) => {
      const announcement = byId.get(orderId ?? '')
      const isTheirs = announcement?.contractId === contractId
      return isTheirs && now() >= announcement.at + FROZEN_MS
    },
  }
}

const asked = z.object({
  subMerchantId: text(19).optional(),
  merchantRequestId: alphanumeric(32),
  tradeMode: z.literal('DIRECT_DEBIT'),
  bizId: long,
  estimatedAmount: amount,
  currency,
})

/** POST /pay/notify: tells the cardholder of a debit to come. */
export function notifyEndpoint(deps: PayDeps & { announcements: Announcements }): Endpoint {
  return (received) => {
    const admitted = deps.gate.admit(received, asked)
    if ('status' in admitted) return admitted
    const { merchantRequestId, bizId } = admitted.asked
    const contract = deps.contracts.find({ contractId: bizId })
    if (contract === undefined) return payRefusal('contract')
    if (contract.status !== 'CONTRACT_SIGNED') return payRefusal('contract_unsigned')
    return {
      operation: 'mandate',
      wallet: contract.merchantContractCode,
      headers: {},
      run: async () => {
        const { orderId, at } = await deps.announcements.announce(merchantRequestId, bizId)
        return payAnswer({ orderId, merchantRequestId, transactionTime: at })
      },
    }
  }
}
