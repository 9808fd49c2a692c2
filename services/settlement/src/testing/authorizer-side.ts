import { createHash, randomUUID } from 'node:crypto'
import type { Holds } from '@tolem/authorizations/holds'
import type { AuthorizationRecords } from '@tolem/authorizations/records'
import type { WalletLink } from '@tolem/domain/card'
import {
  type AuthorizationId,
  type BankId,
  type CardToken,
  type ExchangeId,
  type MovementReference,
  movementReference,
  type QuoteId,
  type ReversalId,
} from '@tolem/domain/ids'
import type { DebitOrder, DebitResult } from '@tolem/domain/movement'
import type { Quote } from '@tolem/domain/quote'
import { approvalJournal } from '@tolem/ledger'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Rate } from '@tolem/money/rate'
import type { Postgres } from '@tolem/postgres/pool'
import type { ScriptedExchange } from './scripted-exchange.ts'

/** An accepted authorization and the debit that ACCEPT intended for it. */
export type Accepted = {
  readonly id: AuthorizationId
  /** Its first debit, and all of them. */
  readonly debit: DebitOrder
  readonly orders: readonly DebitOrder[]
  readonly creditReference: MovementReference
  readonly exchange: ScriptedExchange
  readonly quote: Quote
  readonly cardToken: CardToken
}

/** The bank of every card here. */
export const BANK = 'halyk' as BankId
const DAY = '2026-01-01'

type Rooms = { readonly postgres: Postgres; readonly records: AuthorizationRecords }

type AcceptTimes = { readonly validForMs: number; readonly decidedWithinMs: number }

/** ACCEPTs a purchase on a new card with a wallet of its own, paid by a debit of each asset. */
export async function accept(
  { postgres, records }: Rooms,
  exchange: ScriptedExchange,
  terms: AcceptTimes & {
    readonly quote?: Quote | undefined
    /** Paid by a debit of each, of as much; the quote's unless told. */
    readonly assets?: readonly CryptoAsset[]
  },
): Promise<Accepted> {
  const uuid = randomUUID()
  const id = `aut_${uuid}` as AuthorizationId
  const cardToken = `ct_${uuid}` as CardToken
  const { quote = aQuote(exchange.exchange), assets = [quote.asset], ...times } = terms
  const wallet = walletOf(exchange, `wallet-${uuid}`, quote.asset)
  const debits = assets.map((asset, index) => {
    const reference = movementReference(id, 'debit', index + 1)
    const order = { reference, wallet, asset, amount: quote.debit }
    return { order, quote: { ...quote, asset } }
  })
  const [first, ...further] = debits
  if (!first) throw new Error('an authorization has a debit')
  const { order: debit } = first
  const billing = amountOf('KZT', quote.billing * BigInt(assets.length))
  await insertCard(postgres, cardToken)
  const accepted = await records.accept({
    id,
    request: {
      bank: BANK,
      kind: 'authorization',
      original: undefined,
      type: 'purchase',
      cardToken,
      networkKey: networkKeyOf(uuid, 'original'),
      billing,
      cashback: undefined,
      isPartialApprovalSupported: false,
      isFinal: false,
      isPreauthorization: false,
      terminalType: 'pos',
      merchantCategoryCode: '5411',
      merchantCountry: 'KZ',
      fingerprint: fingerprintOf(uuid),
    },
    receivedAt: Date.now(),
    requestBody: '{}',
    plan: {
      kind: 'intend',
      outcome: 'approved',
      card: cardOf(cardToken, wallet),
      billing,
      debits: [first, ...further],
      day: DAY,
      ...times,
    },
  })
  if (accepted.kind !== 'accepted') throw new Error(`not accepted: ${accepted.kind}`)
  const creditReference = movementReference(id, 'credit', 1)
  const orders = debits.map(({ order }) => order)
  return { id, debit, orders, creditReference, exchange, quote, cardToken }
}

/** CONCLUDEs with what became of the debit; gives what stands in the record afterwards. */
export async function conclude(
  records: AuthorizationRecords,
  { id, debit, quote, cardToken, exchange: { exchange } }: Accepted,
  result: DebitResult,
): Promise<'approved' | 'declined'> {
  const ledgerWallet = { bank: BANK, cardToken, exchange, asset: debit.asset }
  const { state } = await records.conclude({
    id,
    debits: [{ reference: debit.reference, result }],
    decision:
      result.kind === 'debited'
        ? {
            kind: 'approve',
            outcome: 'approved',
            approvalCode: 'A00001',
            body: '{}',
            journal: approvalJournal(debit.reference, ledgerWallet, quote),
          }
        : { kind: 'decline', reason: 'exchange_in_doubt', body: '{}' },
  })
  return state
}

/** Records a full reversal. */
export async function reverse(holds: Holds, { id }: Accepted): Promise<void> {
  const uuid = randomUUID()
  const reversed = await holds.reverse({
    id: `rev_${uuid}` as ReversalId,
    request: {
      bank: BANK,
      original: { kind: 'by_id', authorizationId: id },
      reason: 'customer_cancellation',
      replacement: undefined,
      networkKey: networkKeyOf(uuid, 'reversal'),
      fingerprint: fingerprintOf(uuid),
    },
    receivedAt: Date.now(),
    requestBody: '{}',
    render: ({ outcome }) => outcome,
  })
  if (reversed.kind !== 'recorded') throw new Error(`not recorded: ${reversed.kind}`)
}

async function insertCard(postgres: Postgres, cardToken: CardToken): Promise<void> {
  const text = `
    WITH inserted AS (
      INSERT INTO card (bank_id, card_token, version, status, expires_on, limits)
      VALUES ($1, $2, 1, 'active', '2030-01', '{}')
      RETURNING bank_id, card_token, version
    )
    INSERT INTO card_usage (bank_id, card_token, card_version, day)
    SELECT bank_id, card_token, version, $3::date FROM inserted`
  // The foreign key is checked when the statement ends, so both rows can come from one.
  await postgres.run({ name: 'test-card-insert', text }, [BANK, cardToken, DAY])
}

function walletOf(
  { exchange, rail }: ScriptedExchange,
  walletId: string,
  asset: CryptoAsset,
): WalletLink {
  return { exchange, rail, walletId, assets: [asset] }
}

function cardOf(token: CardToken, walletLink: WalletLink) {
  return {
    bank: BANK,
    token,
    version: 1,
    status: 'active',
    expiresOn: '2030-01',
    limits: {},
    controls: {},
    walletLink,
  } as const
}

/** 12,500 tenge in USDT, unless told otherwise. */
export function aQuote(exchange: ExchangeId, change: Partial<Quote> = {}): Quote {
  return {
    id: `qte_${randomUUID()}` as QuoteId,
    exchange,
    asset: 'USDT',
    billing: amountOf('KZT', 1_250_000n),
    fee: amountOf('KZT', 12_500n),
    spread: amountOf('KZT', 6_345n),
    debit: amountOf('USDT', 2_675_751_900n),
    spreadBasisPoints: 50,
    mid: '475' as Rate,
    bid: '474' as Rate,
    applied: '472' as Rate,
    observedAt: 0,
    ageMs: 0,
    sources: [],
    ...change,
  }
}

function networkKeyOf(uuid: string, systemTraceAuditNumber: string) {
  return {
    acquirerId: 'acquirer',
    terminalId: 'terminal',
    systemTraceAuditNumber,
    retrievalReferenceNumber: uuid,
    localDateTime: `${DAY}T12:00:00`,
  }
}

function fingerprintOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
