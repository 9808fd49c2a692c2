import { randomUUID, randomUUIDv7 } from 'node:crypto'
import { type Cards, createCards } from '@tolem/cards'
import { type ClaimedMandate, createMandates, type Mandates } from '@tolem/cards/mandates'
import type { Card } from '@tolem/domain/card'
import type { CardToken, MovementReference } from '@tolem/domain/ids'
import type { MandateId } from '@tolem/domain/mandate'
import type { Postgres } from '@tolem/postgres/pool'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics, type Metrics } from '@tolem/telemetry/metrics'
import type { SettlementConfig } from '../config.ts'
import { type MandateRoom, openMandates } from '../mandates/open-mandates.ts'
import { createMeters } from '../meters.ts'
import { BANK } from './authorizer-side.ts'
import {
  createScriptedMandates,
  MANDATE_EXCHANGE,
  type ScriptedMandates,
} from './scripted-mandates.ts'
import { QUICK } from './world.ts'

/** One scripted exchange, the real mandates and cards, and any number of settlement's instances. */
export type MandateWorld = {
  readonly exchange: ScriptedMandates
  readonly mandates: Mandates
  readonly cards: Cards
  /** Movements that were hastened. */
  readonly hastened: readonly MovementReference[]
  /** A bank asks for a mandate of a new card; settlement may take it up at once. */
  requested(card?: Card): Promise<ClaimedMandate>
  putCard(): Promise<Card>
  read(mandate: ClaimedMandate): Promise<ClaimedMandate>
  walletIdOf(mandate: ClaimedMandate): Promise<string | undefined>
  unlink(mandate: ClaimedMandate): Promise<Card | undefined>
  instance(config?: Partial<SettlementConfig>): MandateRoom & { readonly metrics: Metrics }
}

export function createMandateWorld(postgres: Postgres, offersLastMs?: number): MandateWorld {
  const exchange = createScriptedMandates(offersLastMs)
  const mandates = createMandates(postgres)
  const cards = createCards({ postgres, remembered: 10, now: Date.now })
  const hastened: MovementReference[] = []
  const newId = () => `mdt_${randomUUIDv7()}` as MandateId

  async function putCard(): Promise<Card> {
    const token = `ct_${randomUUID()}` as CardToken
    const bare = { status: 'active', expiresOn: '2030-01', limits: {}, controls: {} } as const
    const put = await cards.put({ bank: BANK, token, ...bare })
    if (put.kind !== 'changed') throw new Error('the card could not be put')
    return put.card
  }

  return {
    exchange,
    mandates,
    cards,
    hastened,
    putCard,
    async requested(card) {
      const { bank, token: cardToken } = card ?? (await putCard())
      const request = { bank, cardToken, exchange: MANDATE_EXCHANGE, rail: 'bybit-pay' } as const
      const own = { requestId: randomUUID(), fingerprint: Buffer.from('one') }
      const opened = await mandates.open(newId(), { ...request, ...own, assets: ['USDT'] }, 0)
      if (opened.kind !== 'opened') throw new Error(`not opened: ${opened.kind}`)
      return opened.mandate
    },
    async read({ bank, cardToken: token, id }) {
      const found = await mandates.find({ bank, token }, id)
      if (!found) throw new Error('a mandate is gone')
      return found
    },
    walletIdOf: async ({ bank, cardToken }) =>
      (await cards.read(bank, cardToken))?.walletLink?.walletId,
    unlink: ({ bank, cardToken: token }) => mandates.unlink({ bank, token }, newId),
    instance(config = {}) {
      const metrics = createMetrics('settlement')
      const room = openMandates({
        config: { ...QUICK, ...config },
        postgres,
        programme: PROGRAMME,
        rails: { mandatesFor: () => exchange, noticesFor: findNotices(exchange) },
        movements: { hasten: async ({ reference }) => void hastened.push(reference) },
        meters: createMeters(metrics),
        metrics,
        logger: createLogger({ service: 'settlement', level: 'silent' }),
        random: () => 0.5,
      })
      return { ...room, metrics }
    },
  }
}

const findNotices =
  ({ notices }: ScriptedMandates) =>
  (id: string, rail: string) =>
    id === notices.exchange && rail === notices.rail ? notices : undefined

const PROGRAMME = {
  exchanges: [
    {
      id: MANDATE_EXCHANGE,
      rails: [{ rail: 'bybit-pay' }],
      licence: { validFrom: '2020-01-01' },
    },
  ],
  banks: [],
  assets: [],
  ratePolicy: { maximumAgeMs: 600_000 },
} as const
