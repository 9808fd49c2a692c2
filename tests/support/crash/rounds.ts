import type { CrashPoint } from '@tolem/crash-points'
import type { AuthorizationBody } from '@tolem/wire/request'
import { limiter } from '../limiter.ts'
import { aPurchase } from '../messages.ts'
import type { SandboxMovement } from '../sandbox.ts'
import { type Reply, TEST_RAILS, type TestCard } from '../stack.ts'
import type { Site } from './site.ts'
import { VARIANTS, type Variant } from './table.ts'

/** One authorization on a card and a wallet of its own, during which a process dies. */
export type Round = {
  readonly point: CrashPoint
  readonly variant: Variant
  readonly card: TestCard
  readonly message: AuthorizationBody
  /** Every reply to the message, before the death and after it. */
  readonly replies: Reply[]
}

/** What an exchange does to the wallets of a variant: the operation, and one of these faults, `none` among them. */
export type Troubles = {
  readonly operation: 'debit' | 'credit'
  readonly times?: number
  readonly faults: Readonly<Record<Variant, readonly string[]>>
}

const HOLDS = '1000'
const AMOUNT = '5000.00'

/** So many rounds of each variant, over all rails, none of whose messages was sent. */
export async function openRounds(
  { stack, random }: Site,
  point: CrashPoint,
  { each, troubles }: { readonly each: number; readonly troubles: Troubles },
): Promise<readonly Round[]> {
  const atOnce = limiter(8)
  const open = async (variant: Variant, index: number): Promise<Round> => {
    const rail = TEST_RAILS[index % TEST_RAILS.length] ?? 'bybit-pay'
    const card = await stack.openCard({ rail, holds: HOLDS })
    const { operation, times, faults } = troubles
    const kind = faults[variant][Math.floor(random() * faults[variant].length)] ?? 'none'
    const { exchange, wallet } = card
    if (kind !== 'none')
      await stack.sandbox.layFault({ exchange, wallet, operation, kind, ...(times && { times }) })
    const message = aPurchase(card.token, { amount: AMOUNT })
    return { point, variant, card, message, replies: [] }
  }
  // No two runs of a few rounds begin at the same rail.
  const first = Math.floor(random() * TEST_RAILS.length)
  return Promise.all(
    VARIANTS.flatMap((variant) =>
      Array.from({ length: each }, (_, index) => atOnce(() => open(variant, first + index))),
    ),
  )
}

/**
 * Judges rounds at their end: one set of bytes, at most one debit that happened, and one that lives exactly where that
 * is so: where the bank was told that it is approved, unless what came of it later is `live`.
 */
export async function judge(
  { stack, table }: Site,
  rounds: readonly Round[],
  live?: boolean,
): Promise<void> {
  const moved = Map.groupBy(await stack.sandbox.movements(), ({ wallet }) => wallet)
  for (const round of rounds) {
    const { point, variant, card } = round
    const { mistakes, outcome } = judgeOne(round, moved.get(card.wallet) ?? [], live)
    table.mistakes.push(...mistakes.map((what) => `${point}, ${variant}, ${card.wallet}: ${what}`))
    table.add(point, variant, outcome)
  }
}

function judgeOne(
  { replies }: Round,
  moved: readonly SandboxMovement[],
  live: boolean | undefined,
): { readonly mistakes: readonly string[]; readonly outcome: string } {
  const debits = moved.filter(({ kind }) => kind === 'debit').length
  const credits = moved.length - debits
  const decided = replies.filter(({ status }) => status === 200)
  const [told, ...others] = [...new Set(decided.map(({ body }) => body))]
  const answer: { decision?: string; reason?: string } = JSON.parse(told ?? '{}')
  const isLive = live ?? answer.decision === 'approved'
  const mistakes = [
    ...(others.length > 0 ? [`answered ${told} and ${others.join(' and ')}`] : []),
    ...(told === undefined && live === undefined ? ['never answered'] : []),
    ...(debits > 1 || debits - credits !== (isLive ? 1 : 0)
      ? [`${told}, with ${debits} debits and ${credits} credits`]
      : []),
  ]
  const net = debits === 0 ? 'nothing moved' : credits === 0 ? 'debited' : 'credited back'
  return { mistakes, outcome: `${answer.reason ?? answer.decision ?? 'presented'}: ${net}` }
}
