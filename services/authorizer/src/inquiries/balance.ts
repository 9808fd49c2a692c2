import { type Card, checkCard, type WalletLink } from '@tolem/domain/card'
import {
  type CompiledControls,
  type Controls,
  checkLists,
  compileControls,
} from '@tolem/domain/controls'
import { type Deadline, remaining, SHORTEST_EXCHANGE_CALL_MS } from '@tolem/domain/deadline'
import type { DeclineReason } from '@tolem/domain/decision'
import type { BankId } from '@tolem/domain/ids'
import { localDay, localMonth } from '@tolem/domain/local-day'
import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { RailPort } from '@tolem/exchanges/port'
import { type Amount, amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Spendable } from '@tolem/quotes/spendable'
import {
  type AssetBalance,
  type BalanceInquiry,
  parseBalanceInquiry,
  renderBalance,
  renderBalanceDecline,
} from '@tolem/wire/balance'
import type { WireAnswer } from '@tolem/wire/problem'
import type { Caller } from '../callers.ts'
import { type Call, json } from '../route.ts'

/** What a balance inquiry is joined with. */
export type BalancePorts = {
  findCard(inquiry: BalanceInquiry): Promise<Card | undefined>
  /** The rail of a wallet, if its exchange is in the programme and licensed on that day. */
  rail(wallet: WalletLink, day: string): RailPort | undefined
  isAssetAllowed(asset: CryptoAsset): boolean
  /** What the programme and a bank permit, besides types: an inquiry has none. */
  levelsOf(bank: BankId): readonly CompiledControls[]
  readonly spendable: Spendable
  readonly monotonicNow: () => number
}

/** Kept back for pricing and sending what the exchange told. */
const ANSWER_RESERVE_MS = 120

/**
 * `POST /v1/balance-inquiries`: what a purchase could spend now. One look at the exchange inside what is left of the
 * budget; nothing is stored and nothing moves, so the same inquiry may be answered differently a moment later.
 */
export async function inquireBalance(ports: BalancePorts, call: Call): Promise<WireAnswer> {
  const { caller, message } = call
  const parsed = parseBalanceInquiry(caller.id, message.body)
  if (!parsed.ok) return parsed.answer
  const found = await findBalances(ports, parsed.value, call)
  const { codes } = caller
  return json(
    found.ok ? renderBalance(found.value, codes) : renderBalanceDecline(found.reason, codes),
  )
}

type Balances = Outcome<readonly AssetBalance[], DeclineReason>

async function findBalances(
  ports: BalancePorts,
  inquiry: BalanceInquiry,
  { caller, deadline, message }: Call,
): Promise<Balances> {
  const card = await ports.findCard(inquiry)
  const permitted = permit(ports, { inquiry, card, now: message.receivedAt })
  if (!permitted.ok) return permitted
  const { wallet, rail } = permitted.value
  const timeoutMs = timeLeft(deadline, ports.monotonicNow())
  if (timeoutMs === 0) return refuse('deadline_exceeded')
  const told = await rail.balances({ wallet }, { timeoutMs })
  if (!told.ok) return refuse(REFUSAL[told.reason])
  const held = new Map(told.value.map(({ asset, amount }) => [asset, amount]))
  return toBalances(
    wallet.assets.map((asset) => {
      const amount = held.get(asset) ?? amountOf(asset, 0n)
      return toAssetBalance(ports, { caller, rail, asset, amount })
    }),
  )
}

const REFUSAL = {
  unavailable: 'exchange_unavailable',
  unsupported: 'transaction_type_not_permitted',
} as const

type Asked = {
  readonly inquiry: BalanceInquiry
  readonly card: Card | undefined
  readonly now: number
}

/** The checks of a purchase that have no amount, in the same order of precedence. */
function permit(
  ports: BalancePorts,
  { inquiry, card, now }: Asked,
): Outcome<{ readonly wallet: WalletLink; readonly rail: RailPort }, DeclineReason> {
  if (!card) return refuse('unknown_card')
  const checked = checkCard(card, localMonth(now))
  if (!checked.ok) return checked
  const wallet = checked.value
  const rail = ports.rail(wallet, localDay(now))
  if (!rail) return refuse('exchange_not_licensed')
  const levels = [...ports.levelsOf(inquiry.bank), compileWithoutTypes(card.controls)]
  const listed = checkLists(levels, {
    // No list of types is among the levels: this one is never looked at.
    type: 'account_verification',
    channel: inquiry.terminalType,
    merchantCategoryCode: inquiry.merchantCategoryCode,
    merchantCountry: inquiry.merchantCountry,
    exchange: wallet.exchange,
  })
  return listed.ok ? accept({ wallet, rail }) : listed
}

/** The lists of one level as an inquiry is subject to them. */
export function compileWithoutTypes(controls: Controls): CompiledControls {
  const { types: _, ...others } = controls
  return compileControls(others)
}

/** How long the exchange may take, or 0 when it cannot be expected to answer any more. */
function timeLeft(deadline: Deadline, now: number): number {
  const left = Math.floor(remaining(deadline, now) - ANSWER_RESERVE_MS)
  return left >= SHORTEST_EXCHANGE_CALL_MS ? left : 0
}

type Held = {
  readonly caller: Caller
  readonly rail: RailPort
  readonly asset: CryptoAsset
  readonly amount: Amount<CryptoAsset>
}

function toAssetBalance(ports: BalancePorts, { caller, rail, asset, amount }: Held): AssetBalance {
  const { exchange } = rail
  if (!ports.isAssetAllowed(asset))
    return { kind: 'not_counted', exchange, asset, reason: 'asset_suspended' }
  const { spreadBasisPoints, feeBasisPoints } = caller
  const terms = { exchange, step: rail.stepOf(asset), spreadBasisPoints, feeBasisPoints }
  const priced = ports.spendable({ ...terms, asset, amount })
  return priced.ok
    ? { kind: 'counted', exchange, asset, amount, available: priced.value }
    : { kind: 'not_counted', exchange, asset, reason: priced.reason }
}

/** A wallet of which nothing can be priced is not an empty one, and is not told as such. */
function toBalances(balances: readonly AssetBalance[]): Balances {
  const [first] = balances
  const isAnyCounted = balances.some(({ kind }) => kind === 'counted')
  return first?.kind === 'not_counted' && !isAnyCounted ? refuse(first.reason) : accept(balances)
}
