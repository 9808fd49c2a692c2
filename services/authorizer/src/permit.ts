import type { AuthorizationRequest } from '@tolem/domain/authorization'
import type { Card } from '@tolem/domain/card'
import {
  type CompiledControls,
  type CompiledLimit,
  type Controls,
  checkLists,
  checkTransactionLimits,
  compileControls,
  countedPart,
  type LimitRefusal,
  type ListRefusal,
  type SpendingUse,
} from '@tolem/domain/controls'
import type { BankId, ExchangeId } from '@tolem/domain/ids'
import { accept, type Outcome } from '@tolem/domain/outcome'
import { type Amount, amountOf } from '@tolem/money/amount'
import type { Programme } from '@tolem/programme/schema'

/** What controls look at. `now` is the wall clock in milliseconds since the epoch. */
export type PermitInput = {
  readonly request: AuthorizationRequest
  readonly card: Card
  /** Of the wallet that would pay. */
  readonly exchange: ExchangeId
  readonly now: number
  /** Is the cash of a purchase with cashback asked for too? Without it only the rest of the amount is judged. */
  readonly withCash: boolean
}

/** One limit over a window, as ACCEPT asks it under lock; amounts are tiyn as text. Part of {@link Asks}. */
export type AskedLimit = {
  readonly span: 'day' | 'month' | 'rolling'
  /** The instant (ISO 8601) from which a rolling window counts. */
  readonly since?: string
  readonly types?: readonly string[]
  readonly with_cash: boolean
  readonly channels?: readonly string[]
  /** Does this authorization count as a whole, or only with its cash? */
  readonly part: 'whole' | 'cash'
  readonly amount?: string
  readonly count?: number
}

/** What a bank (`bank/<id>`) or the `programme` may approve in a day and a month; tiyn as text. */
export type AskedCap = {
  readonly scope: string
  readonly dayAmount?: string
  readonly monthAmount?: string
}

/**
 * What ACCEPT is to ask under lock besides the card's own limits: the JSON that `card_usage_check` and
 * `card_usage_count` (migrations/0007-limits.sql) read for one item.
 */
export type Asks = {
  /** How many authorizations this is: an increment is none of its own. */
  readonly count: 0 | 1
  /** What is handed out at the till, in tiyn as text. */
  readonly cash: string
  readonly limits?: readonly AskedLimit[]
  readonly caps?: readonly AskedCap[]
}

/**
 * Why not: a decline reason, or `cash_limit_exceeded`: the cash alone is too much. Then the purchase may
 * still go ahead: ask again without it.
 */
export type PermitRefusal = ListRefusal | LimitRefusal

/**
 * Judges a request by the controls of programme, bank and card. An acceptance holds what is still to be asked under
 * lock; nothing where there is nothing to ask. A request without an amount is judged by the lists alone.
 */
export type Permit = (input: PermitInput) => Outcome<{ readonly asks: Asks | null }, PermitRefusal>

/** What is the same for all cards of one bank. */
type Level = { readonly controls: readonly CompiledControls[]; readonly caps: readonly AskedCap[] }

/** Reads the programme once. The authorization types that it takes are a list of its own, before all others. */
export function createPermit(programme: Programme): Permit {
  const shared = [
    compileControls({ types: { allow: programme.authorizationTypes } }),
    compileControls(programme.controls),
  ]
  const programmeCaps = toCaps('programme', programme.caps)
  const levels = new Map<BankId, Level>(
    programme.banks.map((bank) => [
      bank.id,
      {
        controls: [...shared, compileControls(bank.controls)],
        caps: [...toCaps(`bank/${bank.id}`, bank.caps), ...programmeCaps],
      },
    ]),
  )
  const others: Level = { controls: shared, caps: programmeCaps }
  const compiledOf = rememberCompiled()

  return ({ request, card, exchange, now, withCash }) => {
    const level = levels.get(request.bank) ?? others
    const ofCard = compiledOf(card.controls)
    const controls = ofCard ? [...level.controls, ofCard] : level.controls
    const { type, terminalType: channel, merchantCategoryCode, merchantCountry } = request
    const use = { type, channel, merchantCategoryCode, merchantCountry, exchange }
    const listed = checkLists(controls, use)
    if (!listed.ok) return listed
    if (request.billing === undefined) return accept({ asks: null })

    const spending = toSpending(request, request.billing, withCash)
    const within = checkTransactionLimits(controls, spending)
    if (!within.ok) return within
    return accept({ asks: toAsks({ request, spending, controls, caps: level.caps, now }) })
  }
}

/** Card controls as the path needs them. Cards are remembered by identity, so each is compiled once while in memory. */
function rememberCompiled(): (controls: Controls) => CompiledControls | undefined {
  const compiled = new WeakMap<Controls, CompiledControls>()
  return (controls) => {
    const known = compiled.get(controls)
    if (known) return known
    if (Object.keys(controls).length === 0) return undefined
    const made = compileControls(controls)
    compiled.set(controls, made)
    return made
  }
}

const NOTHING = amountOf('KZT', 0n)

function toSpending(
  { type, terminalType: channel, cashback = NOTHING }: AuthorizationRequest,
  billing: Amount<'KZT'>,
  withCash: boolean,
): SpendingUse {
  if (withCash) return { type, channel, amount: billing, cashback }
  return { type, channel, amount: amountOf('KZT', billing - cashback), cashback: NOTHING }
}

type Asking = {
  readonly request: AuthorizationRequest
  readonly spending: SpendingUse
  readonly controls: readonly CompiledControls[]
  readonly caps: readonly AskedCap[]
  readonly now: number
}

function toAsks({ request, spending, controls, caps, now }: Asking): Asks | null {
  const limits = controls.flatMap(({ countedLimits }) =>
    countedLimits.flatMap((limit) => {
      const part = countedPart(limit, spending)
      return part ? [toAskedLimit(limit, part, now)] : []
    }),
  )
  const asksCaps = caps.length > 0 && spending.amount > 0n
  if (limits.length === 0 && !asksCaps) return null
  return {
    count: request.kind === 'increment' ? 0 : 1,
    cash: String(spending.cashback),
    ...(limits.length > 0 && { limits }),
    ...(asksCaps && { caps }),
  }
}

const HOUR_MS = 3_600_000

function toAskedLimit(
  { types, withCash, channels, window, amount, count }: CompiledLimit,
  part: AskedLimit['part'],
  now: number,
): AskedLimit {
  if (window.kind === 'transaction') throw new Error('one transaction needs no counting')
  return {
    span: window.kind,
    ...(window.kind === 'rolling' && {
      since: new Date(now - window.hours * HOUR_MS).toISOString(),
    }),
    ...(types && { types }),
    with_cash: withCash,
    ...(channels && { channels }),
    part,
    ...(amount !== undefined && { amount: String(amount) }),
    ...(count !== undefined && { count }),
  }
}

function toCaps(scope: string, { dayAmount, monthAmount }: Programme['caps']): readonly AskedCap[] {
  if (dayAmount === undefined && monthAmount === undefined) return []
  return [
    {
      scope,
      ...(dayAmount !== undefined && { dayAmount: String(dayAmount) }),
      ...(monthAmount !== undefined && { monthAmount: String(monthAmount) }),
    },
  ]
}
