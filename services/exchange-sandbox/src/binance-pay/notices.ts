import { randomBytes } from 'node:crypto'
import type { Cabinet, Drawer } from '../cabinet.ts'
import { formatCoins } from '../coins.ts'
import type { Operation } from '../entries.ts'
import type { Courier } from '../notices/courier.ts'
import { bareNumber } from '../raw-json.ts'
import { describeContract } from './contract-endpoints.ts'
import type { Contract } from './contracts.ts'
import { PAY_SCALE } from './fields.ts'
import { doneAt, prepayIdOf, transactionIdOf } from './orders.ts'

/** What Binance Pay tells the merchant unasked. Nothing is told where the merchant gave no address. */
export type PayNotices = {
  /** A contract was signed, or ended otherwise than by the merchant's own call. */
  contractChanged(contract: Contract): void
  /** An order was paid. No notice is documented for one that failed. */
  orderPaid(order: Operation): void
  /** An order was closed before it was paid. */
  orderClosed(order: Operation): void
  refundEnded(refund: Operation, order: Operation, told: Readonly<Record<string, unknown>>): void
  /** The merchant's address in the portal, for what names none of its own. */
  portalUrl(): string | undefined
  setPortalUrl(url: string): Promise<void>
}

type Told = {
  readonly bizType: 'DIRECT_DEBIT_CT' | 'PAY' | 'PAY_REFUND'
  readonly bizStatus: string
  readonly bizId: string
  readonly data: unknown
  readonly wallet: string
  readonly url: string | undefined
  readonly dueAt: number
  /** Tells two notices of one order apart. */
  readonly tag?: string
}

const PORTAL = 'portal'

export function createPayNotices(deps: {
  cabinet: Cabinet
  courier: Courier
  now: () => number
}): PayNotices {
  const { courier, now } = deps
  const urls: Drawer<{ readonly url: string }> = deps.cabinet.open('binance-pay-notice-urls')
  const portalUrl = () => urls.find(PORTAL)?.url
  const tell = (told: Told) => {
    const url = told.url || portalUrl()
    if (url === undefined) return
    const { bizType, bizStatus, bizId, wallet, dueAt } = told
    const id = [bizType, bizId, bizStatus, told.tag ?? ''].join(' ').trim()
    const data = JSON.stringify(told.data)
    const numbers = { bizIdStr: bizId, bizId: bareNumber(bizId) }
    const body = JSON.stringify({ bizType, data, ...numbers, bizStatus })
    courier.send({ id, exchange: 'binance', wallet, url, body, dueAt })
  }
  return {
    contractChanged: (contract) => {
      const { contractId: bizId, status: bizStatus } = contract
      const { bizStatus: _, ...data } = describeContract(contract)
      tell({
        bizType: 'DIRECT_DEBIT_CT',
        bizStatus,
        bizId,
        data,
        wallet: bizId,
        url: undefined,
        dueAt: now(),
      })
    },
    orderPaid: (order) => tell({ ...aboutOrder(order), bizStatus: 'PAY_SUCCESS' }),
    orderClosed: (order) => tell({ ...aboutOrder(order), bizStatus: 'PAY_CLOSED' }),
    refundEnded: (refund, order, refundInfo) => {
      const about = aboutOrder(order)
      tell({
        ...about,
        bizType: 'PAY_REFUND',
        bizStatus: refund.failure === undefined ? 'REFUND_SUCCESS' : 'REFUND_REJECTED',
        data: { ...about.data, refundInfo: { ...refundInfo, duplicateRequest: 'N' } },
        url: refund.echo['webhookUrl'] || about.url,
        dueAt: doneAt(refund),
        tag: refund.reference,
      })
    },
    portalUrl,
    setPortalUrl: async (url) => urls.put(PORTAL, { url }),
  }
}

function aboutOrder(order: Operation) {
  const { echo } = order
  return {
    bizType: 'PAY' as const,
    bizId: prepayIdOf(order),
    data: {
      merchantTradeNo: order.reference,
      productType: echo['productType'],
      productName: echo['productName'],
      transactTime: doneAt(order),
      tradeType: 'OTHERS',
      totalFee: bareNumber(formatCoins(order.units, PAY_SCALE)),
      currency: order.asset,
      commission: bareNumber('0.00000000'),
      transactionId: transactionIdOf(order),
      openUserId: echo['openUserId'],
    },
    wallet: order.from,
    url: echo['webhookUrl'],
    dueAt: doneAt(order),
  }
}

/** A nonce of Binance Pay's: 32 letters and digits. */
export function newNonce(): string {
  return randomBytes(16).toString('hex')
}
