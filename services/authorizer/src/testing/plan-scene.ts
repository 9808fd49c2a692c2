import type { Original } from '@tolem/authorizations/original'
import {
  AUTHORIZATION_TYPES,
  type AuthorizationRequest,
  type AuthorizationType,
} from '@tolem/domain/authorization'
import type { Card } from '@tolem/domain/card'
import type { QuoteId } from '@tolem/domain/ids'
import type { RailPort } from '@tolem/exchanges/port'
import { type Amount, amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Rate } from '@tolem/money/rate'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import type { Programme } from '@tolem/programme/schema'
import { createQuotes } from '@tolem/quotes/quotes'
import { aCard, anAuthorizationId, anAuthorizationRequest, NOON } from '@tolem/testing/builders'
import { RESPONSE_CODES } from '@tolem/testing/response-codes'
import { responseCodeTable } from '@tolem/wire/response-codes'
import type { Caller } from '../callers.ts'
import type { Held } from '../fund.ts'
import { createPlanner } from '../plan.ts'
import { createRules } from '../rules.ts'

/** The pilot programme. */
export const pilot = readProgramme(PILOT_PROGRAMME_FILE)
/** What the rail of every scene moves in. */
export const STEP = 100n

type RateState = 'safe' | 'unsafe' | 'stale' | 'missing'

/** Everything that a plan looks at; as it stands, an increment that may go ahead. */
export type Scene = {
  readonly card: Card | undefined
  readonly billing: Amount<'KZT'> | undefined
  readonly type: AuthorizationType
  readonly request: Partial<AuthorizationRequest>
  readonly original: Original | undefined
  readonly isCashDropped: boolean
  readonly programme: Programme
  /** What the wallet is known to hold. */
  readonly held?: Held
  readonly rate: RateState
  /** Of assets whose rates stand otherwise. */
  readonly rates?: Partial<Record<CryptoAsset, RateState>>
  /** Is it known that no call would leave for the wallet's rail? */
  readonly isClosed?: boolean
  readonly now: number
}

/** An open purchase of the scene's card. */
export const ORIGINAL: Original = {
  id: anAuthorizationId(),
  cardToken: aCard().token,
  type: 'purchase',
  isOpen: true,
}

const ALL_BUT_QUASI_CASH = AUTHORIZATION_TYPES.filter((type) => type !== 'quasi_cash')

/** An increment: everything that can speak against a first request can speak against it. */
export const GOOD: Scene = {
  card: aCard(),
  billing: amountOf('KZT', 1_250_000n),
  type: 'purchase',
  request: { kind: 'increment' },
  original: ORIGINAL,
  isCashDropped: false,
  programme: { ...pilot, authorizationTypes: ALL_BUT_QUASI_CASH },
  rate: 'safe',
  now: NOON,
}

/** A bank that charges cash a fee of its own. */
export const caller: Caller = {
  id: GOOD.card?.bank as Caller['id'],
  responseBudgetMs: 1_000,
  spreadBasisPoints: 50,
  feeBasisPoints: 100,
  cashFeeBasisPoints: 150,
  holdPeriods: { days: 7, preauthorizationDays: 30, byMerchantCategory: {} },
  codes: responseCodeTable(RESPONSE_CODES, { card_frozen: '57' }),
}

function publishedRate({ rate: usual, rates, now }: Scene, asset: CryptoAsset) {
  const rate = rates?.[asset] ?? usual
  const observedAt = rate === 'stale' ? now - 5_001 : now - 100
  const prices = { bid: '474.2' as Rate, ask: '474.4' as Rate, observedAt }
  const of = { exchange: 'bybit', asset } as const
  if (rate === 'missing') return undefined
  if (rate === 'unsafe') return { state: 'unsafe', ...of, guard: 'spike', observedAt } as const
  const sources = [{ exchange: 'bybit', pair: 'USDT/KZT', ...prices }]
  return { state: 'safe', ...of, ...prices, sources } as const
}

/** The plan that the scene leads to. */
export function planOf(scene: Scene, id = anAuthorizationId()) {
  const quotes = createQuotes({
    mirror: { latest: (_, asset) => publishedRate(scene, asset), all: () => [] },
    maximumAgeMs: 5_000,
    now: () => scene.now,
    newQuoteId: () => 'qte_1' as QuoteId,
  })
  const rail = { stepOf: () => STEP } as Partial<RailPort> as RailPort
  const rules = createRules(scene.programme, () => rail)
  const { card, billing, type, now, original, isCashDropped } = scene
  const request = anAuthorizationRequest({ billing, type, ...scene.request })
  const isClosed = () => scene.isClosed ?? false
  const plan = createPlanner({ rules, quotes, balances: { heldIn: () => scene.held }, isClosed })
  return plan({ id, request, caller, card, now, original, isCashDropped })
}

/** Why the scene's plan declines, or what it is. */
export function reasonOf(scene: Scene): string {
  const plan = planOf(scene)
  return plan.kind === 'decline' ? plan.reason : plan.kind
}

/** The scene with another card. */
export function onCard(change: Partial<Card>): (scene: Scene) => Scene {
  return (scene) => ({ ...scene, card: scene.card && { ...scene.card, ...change } })
}

/** The scene under another programme. */
export function inProgramme(change: (programme: Programme) => Partial<Programme>) {
  return (scene: Scene): Scene => ({
    ...scene,
    programme: { ...scene.programme, ...change(scene.programme) },
  })
}
