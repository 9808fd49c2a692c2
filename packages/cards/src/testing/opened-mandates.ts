import { randomUUID } from 'node:crypto'
import type { Card } from '@tolem/domain/card'
import type { CardToken, ExchangeId } from '@tolem/domain/ids'
import type { MandateId, SignedMandate } from '@tolem/domain/mandate'
import { createPostgres, type Postgres } from '@tolem/postgres/pool'
import { createTestDatabase } from '@tolem/testing/backends'
import { aCard, NOON } from '@tolem/testing/builders'
import { type Cards, createCards } from '../cards.ts'
import {
  type ClaimedMandate,
  createMandates,
  type MandateRequest,
  type Mandates,
} from '../mandates.ts'

/** Mandates and cards on a database of their own, with what tests do to them again and again. */
export type OpenedMandates = {
  readonly postgres: Postgres
  readonly mandates: Mandates
  readonly cards: Cards
  /** A new card, without a wallet unless told otherwise. */
  putCard(change?: Partial<Card>): Promise<Card>
  /** A request of a card, made durable. */
  requested(card: Card, change?: Partial<MandateRequest>): Promise<ClaimedMandate>
  /** The same, offered to the cardholder. */
  offered(card: Card): Promise<ClaimedMandate>
  /** The mandate as it stands now. */
  read(mandate: ClaimedMandate): Promise<ClaimedMandate>
  /** The card's wallet id as it stands now, or nothing. */
  walletIdOf(card: Card): Promise<string | undefined>
}

export const BYBIT = 'bybit' as ExchangeId
const MONTH_MS = 30 * 86_400_000

export const newMandateId = () => `mdt_${uuidV7()}` as MandateId
export const signedAs = (walletId: string): SignedMandate => ({ walletId, userId: `U-${walletId}` })
export const anOffer = (expiresAt = Date.now() + MONTH_MS) => ({
  link: 'https://pay.example/sign',
  qrCode: 'https://pay.example/sign?qr',
  expiresAt,
})

let sequence = 0

/** In the order of the calls, which is what the ids of mandates promise. */
function uuidV7(): string {
  sequence += 1
  return `019a1b2c-3d4e-7000-8a6b-${sequence.toString(16).padStart(12, '0')}`
}

/** Opens them, and has everything closed `atEnd` of the test. */
export async function openMandates(
  atEnd: (close: () => Promise<void>) => void,
): Promise<OpenedMandates> {
  const database = await createTestDatabase()
  const postgres = createPostgres({
    url: database.url,
    poolSize: 8,
    acquireTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 5_000,
    applicationName: 'mandates-test',
    onFault: () => {},
  })
  atEnd(async () => {
    await postgres.close()
    await database.drop()
  })
  const cards = createCards({ postgres, remembered: 10, now: () => NOON })
  const mandates = createMandates(postgres)
  const requested: OpenedMandates['requested'] = async (card, change = {}) => {
    const opened = await mandates.open(newMandateId(), aRequest(card, change), 60_000)
    if (opened.kind !== 'opened') throw new Error(`not opened: ${opened.kind}`)
    return opened.mandate
  }
  const read = async (mandate: ClaimedMandate) => {
    const { bank, cardToken: token, id } = mandate
    const found = await mandates.find({ bank, token }, id)
    if (!found) throw new Error('a mandate is gone')
    return found
  }
  return {
    postgres,
    mandates,
    cards,
    async putCard(change = {}) {
      const { walletLink: _link, version: _version, ...bare } = aCard()
      const token = `ct_${randomUUID()}` as CardToken
      const put = await cards.put({ ...bare, token, ...change })
      if (put.kind !== 'changed') throw new Error('the card could not be put')
      return put.card
    },
    requested,
    async offered(card) {
      const mandate = await requested(card)
      await mandates.write(mandate, { status: 'offered', offer: anOffer(), delayMs: 60_000 })
      return mandate
    },
    read,
    walletIdOf: async ({ bank, token }) => (await cards.read(bank, token))?.walletLink?.walletId,
  }
}

/** A request for a mandate on USDT at Bybit Pay. */
export function aRequest(
  { bank, token }: Pick<Card, 'bank' | 'token'>,
  change: Partial<MandateRequest> = {},
): MandateRequest {
  return {
    bank,
    cardToken: token,
    requestId: randomUUID(),
    fingerprint: Buffer.from('one'),
    exchange: BYBIT,
    rail: 'bybit-pay',
    assets: ['USDT'],
    ...change,
  }
}
