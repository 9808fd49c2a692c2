import { loadStatements } from '@tolem/postgres/statements'
import type { Heard } from '../banks/processor.ts'
import type { Database } from '../sql/database.ts'
import type { Booking } from '../world/exchange.ts'

const BY_ITSELF = [
  'authorization-undecided',
  'movement-open',
  'exposure-open',
  'hold-open',
  'balance-carried',
  'movement-posted',
  'debit-released',
  'authorization-covered',
  'authorization-twice',
] as const
const WITH_BOOKINGS = ['movement-moved', 'wallet-moved'] as const
const STATEMENTS = loadStatements(import.meta.dirname, [
  ...BY_ITSELF,
  ...WITH_BOOKINGS,
  'answer-kept',
  'hold-reversed',
  'debts-count',
  'holds-count',
])

type Wrong = { readonly wrong: string }

/** How much of what the services owe anybody is still open. */
export async function countOpen(database: Database, what: 'debts' | 'holds'): Promise<number> {
  const [row] = await database.read<{ open: string }>(STATEMENTS[`${what}-count`].text)
  return Number(row?.open)
}

/** Compares bank, ledger and exchange once all is settled; gives what contradicts. */
export async function check(
  database: Database,
  { heard, bookings }: { readonly heard: readonly Heard[]; readonly bookings: readonly Booking[] },
): Promise<readonly string[]> {
  const moved = JSON.stringify(bookings.map(toMoved))
  const asked: (readonly [keyof typeof STATEMENTS, readonly string[]])[] = [
    ...BY_ITSELF.map((name) => [name, []] as const),
    ...WITH_BOOKINGS.map((name) => [name, [moved]] as const),
    ['answer-kept', [JSON.stringify(heard.flatMap(toKept))]],
  ]
  const wrongs: string[] = [...compareAnswers(heard)]
  for (const [name, values] of asked) {
    const rows = await database.read<Wrong>(STATEMENTS[name].text, values)
    wrongs.push(...rows.map(({ wrong }) => `${name}: ${wrong}`))
  }
  return wrongs
}

/** Judges reversals before the time of holds is over: what they forgot would expire. */
export async function checkReversals(
  database: Database,
  heard: readonly Heard[],
): Promise<readonly string[]> {
  const full = JSON.stringify(heard.flatMap(toFullReversal))
  const rows = await database.read<Wrong>(STATEMENTS['hold-reversed'].text, [full])
  return rows.map(({ wrong }) => `hold-reversed: ${wrong}`)
}

function toFullReversal({ message: { call, number, body }, answer }: Heard) {
  if (call !== 'reversals' || answer.status !== 200 || 'replacementAmount' in body) return []
  const { messageKind, retrievalReferenceNumber } = body['original'] as Record<string, string>
  return messageKind === 'authorization' ? [{ number, original: retrievalReferenceNumber }] : []
}

function toMoved({ kind, order }: Booking) {
  const { reference, wallet, asset, amount } = order
  return { kind, reference, wallet: wallet.walletId, asset, amount: amount.toString() }
}

/** Decisions of requests for money: their bytes are on the authorization's own row. */
function toKept({ message, answer }: Heard) {
  if (answer.status !== 200) return []
  if (message.call !== 'authorizations' && message.call !== 'increments') return []
  const { authorizationId } = JSON.parse(answer.body) as { readonly authorizationId: string }
  return [{ number: message.number, id: authorizationId.slice(4), body: answer.body }]
}

/** I8: every decision on one message has the same bytes. */
function compareAnswers(heard: readonly Heard[]): readonly string[] {
  const firsts = new Map<number, string>()
  return heard.flatMap(({ message: { number, call }, answer: { status, body } }) => {
    if (status !== 200) return []
    const first = firsts.get(number) ?? body
    firsts.set(number, first)
    return first === body ? [] : [`same-bytes: ${call} ${number} heard ${first}, then ${body}`]
  })
}
