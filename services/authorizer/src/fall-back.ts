import type { Intent, NewAuthorization } from '@tolem/authorizations/accept'
import type { FallBack } from '@tolem/authorizations/fall-back'
import type { Deadline } from '@tolem/domain/deadline'
import { ordinalOf } from '@tolem/domain/ids'
import type { DebitOrder, DebitResult } from '@tolem/domain/movement'
import type { RailPort } from '@tolem/exchanges/port'
import { amountOf } from '@tolem/money/amount'
import type { Caller } from './callers.ts'
import { type Debit, shortfallOf } from './debit.ts'
import type { Held, Prices } from './fund.ts'
import { toDebits } from './fund.ts'
import { type Next, nextFundings } from './next-funding.ts'
import { takesLess } from './plan.ts'

/** What is known of the wallet that could not cover a debit. */
export type Told = Pick<RailPort, 'stepOf'> & {
  /** Absent where the rail cannot tell. */
  readonly held: Held | undefined
}

/** What a fall-back is joined with. */
export type FallBackPorts = Prices & {
  /** Asks what the wallet could be debited; nothing when too little of the deadline is left for another debit. */
  balance(order: DebitOrder, deadline: Deadline): Promise<Told | undefined>
  /** Is there time to record one more attempt and to make it? */
  hasTime(deadline: Deadline): boolean
  /** Makes other debits durable; false when they must not be sent. */
  fallBack(item: FallBack): Promise<boolean>
  readonly debit: Debit
}

/** The debits that were asked for at once, and what became of each, in the same order. */
export type Attempt = { readonly plan: Intent; readonly results: readonly DebitResult[] }

/** The path's side of it. */
export type FallBackContext = {
  readonly item: NewAuthorization
  readonly caller: Caller
  readonly deadline: Deadline
}

/**
 * Asks the exchange once more where the only debit was refused because the wallet certainly holds too little of its
 * asset: for the whole, divided among the wallet's assets by what they hold, or for less where the terminal takes less.
 * Where the rail does not tell what a wallet holds, one asset after the other is asked for the whole, while there is
 * time. Gives the last attempt that was made.
 */
export async function fallBack(
  ports: FallBackPorts,
  first: Attempt,
  { item, caller, deadline }: FallBackContext,
): Promise<Attempt> {
  const [{ order }] = first.plan.debits
  const { request } = item
  const isOnlyAsset = order.wallet.assets.length === 1
  if (!refusedIn(first) || (isOnlyAsset && !takesLess(request))) return first
  const told = await ports.balance(order, deadline)
  if (!told) return first
  let last = first
  for (const next of nextFundings(ports, first.plan, { request, caller, told })) {
    if (last !== first && !ports.hasTime(deadline)) return last
    const attempt = await attemptNext(ports, { item, last, next, deadline })
    if (!attempt) return last
    last = attempt
    if (!refusedIn(last)) return last
  }
  return last
}

type Following = {
  readonly item: NewAuthorization
  readonly last: Attempt
  readonly next: Next
  readonly deadline: Deadline
}

/** Records that the last attempt was refused, and makes the next one; nothing where that must not be sent. */
async function attemptNext(
  ports: FallBackPorts,
  { item: { id }, last, next, deadline }: Following,
): Promise<Attempt | undefined> {
  const refused = refusedIn(last)
  const [{ order }] = last.plan.debits
  if (!refused) return undefined
  const { wallet } = order
  const firstOrdinal = ordinalOf(order.reference) + 1
  const { quotes, billing, outcome = last.plan.outcome } = next
  const debits = toDebits(id, quotes, { wallet, firstOrdinal })
  const plan = { ...last.plan, outcome, billing, debits }
  // No cash is handed out of less than the whole.
  const cash = next.outcome && amountOf('KZT', 0n)
  const isDurable = await ports.fallBack({ id, refused, plan, cash })
  if (!isDurable) return undefined
  return {
    plan,
    results: await ports.debit(
      debits.map((debit) => debit.order),
      deadline,
    ),
  }
}

/** The one debit of an attempt, where it was refused for want of funds. */
function refusedIn({ plan, results }: Attempt): FallBack['refused'] | undefined {
  const shortfall = shortfallOf(results)
  return shortfall && { reference: plan.debits[0].order.reference, detail: shortfall.detail }
}
