import type { ExchangeId } from '@tolem/domain/ids'
import type {
  EndResult,
  MandateOrder,
  MandateReference,
  MandateState,
  OfferResult,
} from '@tolem/domain/mandate'
import { accept, refuse } from '@tolem/domain/outcome'
import type { MandatePort, NoticePort } from '@tolem/exchanges/mandate-port'

/**
 * What one call comes to, where it is not what it should. `answer_lost`: done, and nobody hears of it. `ended_before`:
 * refused, because the cardholder ended it first.
 */
export type MandateFate = 'answer_lost' | 'lost' | 'rejected' | 'ended_before'

type Agreement = { readonly order: MandateOrder; readonly expiresAt: number; state: MandateState }

/** The exchange's side of mandates: keeps books of what it was asked for, and misbehaves as its script says. */
export type ScriptedMandates = MandatePort & {
  readonly notices: NoticePort
  readonly agreements: ReadonlyMap<MandateReference, Agreement>
  readonly calls: readonly { readonly call: string; readonly reference: MandateReference }[]
  readonly script: { offers: MandateFate[]; finds: MandateState[]; ends: MandateFate[] }
  /** The cardholder, or time, changes how an agreement stands. */
  set(reference: MandateReference, state: MandateState): void
  /** The cardholder signs: the wallet's id is told. */
  sign(reference: MandateReference): string
  /** Holds back the next answer to an offer, after the offer was made. */
  holdOffer(): { readonly reached: Promise<void>; readonly release: () => void }
}

export const MANDATE_EXCHANGE = 'bybit' as ExchangeId

export function createScriptedMandates(offersLastMs = 60_000): ScriptedMandates {
  const agreements = new Map<MandateReference, Agreement>()
  const calls: { call: string; reference: MandateReference }[] = []
  const script: ScriptedMandates['script'] = { offers: [], finds: [], ends: [] }
  let gate: { reached: () => void; released: Promise<void> } | undefined

  const set = (reference: MandateReference, state: MandateState) => {
    const agreement = agreements.get(reference)
    if (!agreement) throw new Error('no such agreement')
    agreement.state = state
  }
  const named = { exchange: MANDATE_EXCHANGE, rail: 'bybit-pay' } as const

  return {
    ...named,
    mostAssets: 6,
    agreements,
    calls,
    script,
    notices: scriptedNotices(named),
    async offer(order): Promise<OfferResult> {
      calls.push({ call: 'offer', reference: order.reference })
      const fate = script.offers.shift()
      if (fate === 'rejected') return { kind: 'rejected', detail: 'refused by script' }
      if (fate === 'lost') return { kind: 'in_doubt', detail: 'lost' }
      const made = agreements.get(order.reference) ?? {
        order,
        expiresAt: Date.now() + offersLastMs,
        state: { kind: 'unsigned' },
      }
      agreements.set(order.reference, made)
      const held = gate
      gate = undefined
      held?.reached()
      await held?.released
      if (fate) return { kind: 'in_doubt', detail: fate }
      const link = `https://pay.example/${order.reference}`
      return { kind: 'offered', offer: { link, qrCode: link, expiresAt: made.expiresAt } }
    },
    async find({ reference }): Promise<MandateState> {
      calls.push({ call: 'find', reference })
      return script.finds.shift() ?? agreements.get(reference)?.state ?? { kind: 'not_found' }
    },
    async end({ reference }): Promise<EndResult> {
      calls.push({ call: 'end', reference })
      const fate = script.ends.shift()
      if (fate === 'rejected') return { kind: 'rejected', detail: 'refused by script' }
      if (fate === 'lost') return { kind: 'in_doubt', detail: fate }
      if (agreements.has(reference)) set(reference, { kind: 'ended', detail: 'by us' })
      if (fate === 'ended_before') return { kind: 'rejected', detail: fate }
      return fate ? { kind: 'in_doubt', detail: fate } : { kind: 'ended' }
    },
    set,
    sign(reference) {
      const walletId = `AGR-${reference}`
      set(reference, { kind: 'signed', walletId, userId: `U-${reference}` })
      return walletId
    },
    holdOffer() {
      const reached = Promise.withResolvers<void>()
      const released = Promise.withResolvers<void>()
      gate = { reached: reached.resolve, released: released.promise }
      return { reached: reached.promise, release: released.resolve }
    },
  }
}

/** A notice is JSON that says itself how authentic it is. */
function scriptedNotices(named: Pick<NoticePort, 'exchange' | 'rail'>): NoticePort {
  return {
    ...named,
    async read({ body }) {
      const text = Buffer.from(body).toString()
      if (!text.startsWith('{')) return refuse('malformed')
      const { signature, ...notice } = JSON.parse(text)
      return signature === 'good' ? accept(notice) : refuse(signature)
    },
    answer: (taken) => ({
      status: taken ? 200 : 500,
      contentType: 'text/plain',
      body: taken ? 'success' : 'fail',
    }),
  }
}
