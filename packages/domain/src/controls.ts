import type { Amount } from '@tolem/money/amount'
import type { AuthorizationType, TerminalType } from './authorization.ts'
import type { ExchangeId } from './ids.ts'
import { accept, type Outcome, refuse } from './outcome.ts'

/** A list of what is allowed or a list of what is denied; absent lists restrict nothing, a denial wins. */
export type AllowAndDeny<T extends string> = {
  readonly allow?: readonly T[]
  readonly deny?: readonly T[]
}

/**
 * In which span amounts and counts add up. Days and months are those of Asia/Almaty; a rolling window reaches back
 * from the very moment of the request.
 */
export type LimitWindow =
  | { readonly kind: 'transaction' }
  | { readonly kind: 'day' }
  | { readonly kind: 'month' }
  | { readonly kind: 'rolling'; readonly hours: number }

/**
 * A cap on what a card does of some types over some channels (all of them where none is named) in one window. `cash`
 * stands for whatever hands out cash: withdrawals, quasi-cash and the cash part of a purchase, of which only that part
 * counts. An account verification counts only where it is named.
 */
export type SpendingLimit = {
  readonly types?: readonly (AuthorizationType | 'cash')[]
  readonly channels?: readonly TerminalType[]
  readonly window: LimitWindow
  readonly amount?: Amount<'KZT'>
  readonly count?: number
}

/** What may be done, at one level: the programme's, a bank's, or a card's. All levels must permit. */
export type Controls = {
  readonly types?: AllowAndDeny<AuthorizationType>
  readonly channels?: AllowAndDeny<TerminalType>
  /** Four digits, or a range such as `5000-5999`. */
  readonly merchantCategories?: AllowAndDeny<string>
  /** ISO 3166, two letters. */
  readonly countries?: AllowAndDeny<string>
  /** Exchange ids of the programme. */
  readonly exchanges?: AllowAndDeny<string>
  readonly limits?: readonly SpendingLimit[]
}

/** What the lists look at of one use of a card. */
export type CardUse = {
  readonly type: AuthorizationType
  readonly channel: TerminalType
  /** Four digits. */
  readonly merchantCategoryCode: string
  readonly merchantCountry: string
  readonly exchange: ExchangeId
}

/** What the limits look at besides: the whole, and the part of it that is handed out at the till, in tiyn. */
export type SpendingUse = Pick<CardUse, 'type' | 'channel'> & {
  readonly amount: Amount<'KZT'>
  readonly cashback: Amount<'KZT'>
}

/** Why a list refuses, in order of precedence. */
export type ListRefusal =
  | 'exchange_not_permitted'
  | 'transaction_type_not_permitted'
  | 'channel_not_permitted'
  | 'merchant_category_not_permitted'
  | 'country_not_permitted'

/** Why a limit on one authorization refuses: `cash_limit_exceeded` says that only the cash at the till is too much. */
export type LimitRefusal = 'amount_limit_exceeded' | 'cash_limit_exceeded'

/**
 * A limit with its types taken apart: those that count in full (absent: all but account verifications), and whether of
 * a purchase with cashback the cash part counts where the purchase does not.
 */
export type CompiledLimit = {
  readonly types: readonly AuthorizationType[] | undefined
  readonly withCash: boolean
  readonly channels: readonly TerminalType[] | undefined
  readonly window: LimitWindow
  readonly amount: Amount<'KZT'> | undefined
  readonly count: number | undefined
}

type Permits = (value: string) => boolean

/** The controls of one level, made ready for the path by {@link compileControls}. */
export type CompiledControls = {
  readonly lists: Readonly<Record<List, Permits | undefined>>
  /** On one authorization, known in memory. */
  readonly transactionLimits: readonly CompiledLimit[]
  /** Over a day, a month or a rolling window, known only under lock. */
  readonly countedLimits: readonly CompiledLimit[]
}

type List = keyof typeof LISTS

/** Every list with what it looks at and how it refuses, in order of precedence. */
const LISTS = {
  exchanges: { of: (use: CardUse): string => use.exchange, refusal: 'exchange_not_permitted' },
  types: { of: (use: CardUse): string => use.type, refusal: 'transaction_type_not_permitted' },
  channels: { of: (use: CardUse): string => use.channel, refusal: 'channel_not_permitted' },
  merchantCategories: {
    of: (use: CardUse): string => use.merchantCategoryCode,
    refusal: 'merchant_category_not_permitted',
  },
  countries: {
    of: (use: CardUse): string => use.merchantCountry,
    refusal: 'country_not_permitted',
  },
} as const

const IN_ORDER = Object.entries(LISTS) as readonly [List, (typeof LISTS)[List]][]

/** Makes one level's controls ready: sets are built and ranges parsed here, once, and not on the path. */
export function compileControls(controls: Controls): CompiledControls {
  const limits = (controls.limits ?? []).map(compileLimit)
  return {
    lists: {
      exchanges: compileList(controls.exchanges, oneOf),
      types: compileList(controls.types, oneOf),
      channels: compileList(controls.channels, oneOf),
      merchantCategories: compileList(controls.merchantCategories, inRanges),
      countries: compileList(controls.countries, oneOf),
    },
    transactionLimits: limits.filter(({ window }) => window.kind === 'transaction'),
    countedLimits: limits.filter(({ window }) => window.kind !== 'transaction'),
  }
}

function compileList(
  list: AllowAndDeny<string> | undefined,
  holding: (entries: readonly string[]) => Permits,
): Permits | undefined {
  const isAllowed = list?.allow && holding(list.allow)
  const isDenied = list?.deny && holding(list.deny)
  if (!isDenied) return isAllowed
  return (value) => !isDenied(value) && (isAllowed?.(value) ?? true)
}

function oneOf(entries: readonly string[]): Permits {
  const known = new Set(entries)
  return (value) => known.has(value)
}

/** Codes and ranges; both are of four digits, so that the order of texts is the order of numbers. */
function inRanges(entries: readonly string[]): Permits {
  const codes = new Set(entries)
  const ranges = entries.filter((entry) => entry.includes('-')).map(toRange)
  return (code) => codes.has(code) || ranges.some(({ from, to }) => from <= code && code <= to)
}

/** The ends of a range such as `5000-5999`, both included; of a single code, that code twice. */
export function toRange(entry: string): { readonly from: string; readonly to: string } {
  const [from = entry, to = from] = entry.split('-')
  return { from, to }
}

function compileLimit({ types, channels, window, amount, count }: SpendingLimit): CompiledLimit {
  const isCashNamed = types?.includes('cash') ?? false
  const named = types?.filter((type) => type !== 'cash')
  return {
    types: named && [
      ...new Set([...named, ...(isCashNamed ? (['cash_withdrawal', 'quasi_cash'] as const) : [])]),
    ],
    withCash: isCashNamed && !named?.includes('purchase_with_cashback'),
    channels,
    window,
    amount,
    count,
  }
}

/** Do all levels' lists permit this use? If not, the first refusal in order of precedence, whichever level's it is. */
export function checkLists(
  levels: readonly CompiledControls[],
  use: CardUse,
): Outcome<undefined, ListRefusal> {
  for (const [list, { of, refusal }] of IN_ORDER) {
    const value = of(use)
    for (const { lists } of levels) if (lists[list]?.(value) === false) return refuse(refusal)
  }
  return accept(undefined)
}

/** Is one authorization of this size within all levels' limits on one? An amount may use a limit up to the tiyn. */
export function checkTransactionLimits(
  levels: readonly CompiledControls[],
  use: SpendingUse,
): Outcome<undefined, LimitRefusal> {
  let refusal: LimitRefusal | undefined
  for (const { transactionLimits } of levels)
    for (const limit of transactionLimits) {
      const reason = refusalBy(limit, use)
      if (reason === 'amount_limit_exceeded') return refuse(reason)
      refusal ??= reason
    }
  return refusal ? refuse(refusal) : accept(undefined)
}

function refusalBy(limit: CompiledLimit, use: SpendingUse): LimitRefusal | undefined {
  const part = countedPart(limit, use)
  if (part === undefined || limit.amount === undefined) return undefined
  if (part === 'cash') return use.cashback > limit.amount ? 'cash_limit_exceeded' : undefined
  return use.amount > limit.amount ? 'amount_limit_exceeded' : undefined
}

/** What of a use counts into a limit: the whole, only the cash at the till, or nothing. */
export function countedPart(
  { types, withCash, channels }: Pick<CompiledLimit, 'types' | 'withCash' | 'channels'>,
  { type, channel, cashback }: Pick<SpendingUse, 'type' | 'channel' | 'cashback'>,
): 'whole' | 'cash' | undefined {
  if (channels && !channels.includes(channel)) return undefined
  if (types ? types.includes(type) : type !== 'account_verification') return 'whole'
  return withCash && type === 'purchase_with_cashback' && cashback > 0n ? 'cash' : undefined
}
