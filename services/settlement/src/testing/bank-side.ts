import { createHash, randomUUID, randomUUIDv7 } from 'node:crypto'
import type { Holds } from '@tolem/authorizations/holds'
import type { WalletLink } from '@tolem/domain/card'
import {
  type AuthorizationId,
  type CardToken,
  type ClearingId,
  type ExposureId,
  type MovementReference,
  movementReference,
  type ReversalId,
} from '@tolem/domain/ids'
import { amountOf } from '@tolem/money/amount'
import type { Postgres } from '@tolem/postgres/pool'
import { BANK } from './authorizer-side.ts'
import type { ScriptedExchange } from './scripted-exchange.ts'

/** An approval that the bank gave in our place: all of it is exposure, to be collected from the wallet. */
export type Advised = {
  readonly id: AuthorizationId
  readonly exposureId: ExposureId
  readonly cardToken: CardToken
  readonly wallet: WalletLink
  readonly exchange: ScriptedExchange
  /** In tiyn. */
  readonly billing: bigint
  /** The name of its `ordinal`-th debit. */
  readonly debitReference: (ordinal: number) => MovementReference
}

/** What a test may say of an approval by advice, else it is ordinary: 12,500 tenge on a linked card. */
export type AdviceChange = {
  readonly billing?: bigint
  readonly isLinked?: boolean
  readonly hasCard?: boolean
  readonly assets?: WalletLink['assets']
  /** What its debit must be priced by. */
  readonly quote?: string
}

const ADVISE = `
  WITH card AS (
    INSERT INTO card (bank_id, card_token, version, status, expires_on, limits, wallet_link)
    SELECT $1, $2, 1, 'active', '2030-01', '{}', $3::jsonb WHERE $4::boolean
    RETURNING bank_id, card_token
  ),
  usage AS (
    INSERT INTO card_usage (bank_id, card_token, card_version, day)
    SELECT bank_id, card_token, 1, '2026-01-01' FROM card
  ),
  advice AS (
    INSERT INTO "authorization" (
      id, bank_id, card_token, local_date, network_key, type, billing_amount, state, approval_code, received_at,
      request_body, response_body, concluded_at, kind, approved_amount, hold_until
    )
    VALUES (
      $5, $1, $2, '2026-01-01', 'advice/' || $5::uuid, 'purchase', $6::bigint, 'approved', 'A00001', now(), '{}', '{}',
      now(), 'advice', $6::bigint, now() + interval '7 days'
    )
  )
  INSERT INTO exposure (id, authorization_id, bank_id, card_token, cause, amount, state, quote)
  VALUES ($7, $5, $1, $2, 'advice', $6::bigint, 'open', $8)`

/** The rows that an approval by advice leaves, on a new card with a wallet of its own. */
export async function advise(
  postgres: Postgres,
  exchange: ScriptedExchange,
  change: AdviceChange = {},
): Promise<Advised> {
  const { billing = 1_250_000n, isLinked = true, hasCard = true, assets = ['USDT'] } = change
  const [uuid, exposure] = [randomUUID(), randomUUID()]
  const id = `aut_${uuid}` as AuthorizationId
  const cardToken = `ct_${uuid}` as CardToken
  const walletId = `wallet-${uuid}`
  const wallet: WalletLink = { exchange: exchange.exchange, rail: exchange.rail, walletId, assets }
  await postgres.run({ name: '', text: ADVISE }, [
    BANK,
    cardToken,
    isLinked ? JSON.stringify(wallet) : null,
    hasCard,
    uuid,
    billing,
    exposure,
    change.quote ?? null,
  ])
  return {
    id,
    exposureId: `exp_${exposure}` as ExposureId,
    cardToken,
    wallet,
    exchange,
    billing,
    debitReference: (ordinal) => movementReference(id, 'debit', ordinal),
  }
}

/** Puts the card of an advice as its bank does, with its wallet. */
export async function linkCard(
  postgres: Postgres,
  { cardToken, wallet }: Pick<Advised, 'cardToken' | 'wallet'>,
): Promise<void> {
  const text = `
    INSERT INTO card (bank_id, card_token, version, status, expires_on, limits, wallet_link)
    VALUES ($1, $2, 1, 'active', '2030-01', '{}', $3::jsonb)
    ON CONFLICT ON CONSTRAINT card_pkey DO UPDATE SET version = card.version + 1, wallet_link = EXCLUDED.wallet_link`
  await postgres.run({ name: '', text }, [BANK, cardToken, JSON.stringify(wallet)])
}

/** A message of its own about an authorization, under its id. */
function aboutOf(id: AuthorizationId) {
  const uuid = randomUUID()
  return {
    bank: BANK,
    original: { kind: 'by_id', authorizationId: id } as const,
    networkKey: {
      acquirerId: 'acquirer',
      terminalId: 'terminal',
      systemTraceAuditNumber: '000001',
      retrievalReferenceNumber: uuid,
      localDateTime: '2026-01-02T12:00:00',
    },
    fingerprint: createHash('sha256').update(uuid).digest(),
  }
}

/** Reverses an authorization, in full or down to a replacement (tiyn); gives what the reversal found. */
export async function reverseTo(
  holds: Holds,
  id: AuthorizationId,
  replacement?: bigint,
): Promise<string> {
  const recorded = await holds.reverse({
    id: `rev_${randomUUIDv7()}` as ReversalId,
    request: {
      ...aboutOf(id),
      reason: 'customer_cancellation',
      replacement: replacement === undefined ? undefined : amountOf('KZT', replacement),
    },
    receivedAt: Date.now(),
    requestBody: '{}',
    render: ({ outcome }) => outcome,
  })
  return recorded.kind === 'mismatch' ? recorded.kind : recorded.body
}

/** Presents an amount (tiyn) for an authorization, for the last time; gives what the presentment found. */
export async function clearLast(
  holds: Holds,
  { id, cardToken }: { readonly id: AuthorizationId; readonly cardToken: CardToken },
  tiyn: bigint,
): Promise<string> {
  const recorded = await holds.clear({
    id: `clr_${randomUUIDv7()}` as ClearingId,
    request: { ...aboutOf(id), cardToken, amount: amountOf('KZT', tiyn), isLast: true },
    receivedAt: Date.now(),
    requestBody: '{}',
    render: ({ outcome, released }) => `${outcome} ${released}`,
  })
  return recorded.kind === 'mismatch' ? recorded.kind : recorded.body
}
