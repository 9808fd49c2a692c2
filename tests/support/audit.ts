import { setTimeout as delay } from 'node:timers/promises'
import { query } from './ledger.ts'
import type { Sandbox, SandboxMovement } from './sandbox.ts'
import { toUnits } from './units.ts'

/** What was compared, and everything that did not agree. */
export type Audit = {
  readonly authorizations: number
  readonly approvals: number
  readonly reversals: number
  readonly movements: number
  readonly wallets: number
  readonly mistakes: readonly string[]
}

/** Decimals in which the ledger counts each asset. Written down here again, on purpose. */
const LEDGER_DECIMALS: Readonly<Record<string, number>> = {
  USDT: 8,
  USDC: 8,
  BTC: 8,
  ETH: 18,
  SOL: 9,
  TON: 9,
}

type Books = {
  readonly authorizations: readonly AuthorizationRow[]
  readonly movements: readonly MovementRow[]
  readonly wallets: readonly WalletRow[]
  readonly held: readonly { readonly bank: string; readonly held: string }[]
  readonly moved: readonly SandboxMovement[]
}

type AuthorizationRow = {
  readonly id: string
  readonly bank_id: string
  readonly state: string
  readonly billing: string | null
  readonly reversal_id: string | null
}

type MovementRow = {
  readonly authorization_id: string
  readonly kind: string
  readonly reference: string
  readonly exchange: string
  readonly wallet: string
  readonly asset: string
  readonly amount: string
}

type WalletRow = {
  readonly exchange: string
  readonly wallet: string
  readonly asset: string
  readonly net: string
}

/**
 * Compares Tolem's books with the exchange's own record of what moved, to the last unit, and every decision with what
 * moved for it. Reads both by plain SQL and HTTP and shares no code with what it judges.
 */
export async function audit(databaseUrl: string, sandbox: Sandbox): Promise<Audit> {
  const books = await readBooks(databaseUrl, sandbox)
  const live = books.authorizations.filter(({ state }) => state === 'approved')
  return {
    authorizations: books.authorizations.length,
    approvals: live.length,
    reversals: books.authorizations.filter(({ reversal_id }) => reversal_id !== null).length,
    movements: books.moved.length,
    wallets: new Set(books.moved.map(({ exchange, wallet }) => `${exchange} ${wallet}`)).size,
    mistakes: [
      ...compareMovements(books),
      ...compareWallets(books),
      ...compareDecisions(books),
      ...compareHeld(books),
    ],
  }
}

/**
 * Waits until no authorization is undecided and no movement is open.
 *
 * @throws with what is still open when that takes longer than `withinMs`.
 */
export async function untilSettled(databaseUrl: string, withinMs: number): Promise<void> {
  const patience = AbortSignal.timeout(withinMs)
  for (;;) {
    const open = await query<{ what: string }>(
      databaseUrl,
      `SELECT kind || ' ' || reference || ' ' || state || ' ' || coalesce(detail, '') AS what
       FROM movement WHERE state IN ('intended', 'in_doubt')
       UNION ALL
       SELECT 'authorization ' || id FROM "authorization" WHERE state = 'accepted'`,
    )
    if (open.length === 0) return
    if (patience.aborted)
      throw new Error(`after ${withinMs} ms open: ${open.map(({ what }) => what).join('; ')}`)
    await delay(200)
  }
}

async function readBooks(databaseUrl: string, sandbox: Sandbox): Promise<Books> {
  return {
    authorizations: await query(
      databaseUrl,
      'SELECT id, bank_id, state, billing_amount AS billing, reversal_id FROM "authorization"',
    ),
    movements: await query(
      databaseUrl,
      `SELECT authorization_id, kind, reference, exchange_id AS exchange, wallet->>'walletId' AS wallet, asset, amount
       FROM movement WHERE state = 'executed'`,
    ),
    wallets: await query(
      databaseUrl,
      `SELECT debit.exchange_id AS exchange, debit.wallet->>'walletId' AS wallet, posting.asset,
         sum(CASE WHEN credit_account LIKE 'cardholder_wallet/%' THEN posting.amount ELSE -posting.amount END) AS net
       FROM ledger_posting AS posting
       JOIN movement AS debit ON debit.authorization_id = posting.authorization_id AND debit.kind = 'debit'
       WHERE credit_account LIKE 'cardholder_wallet/%' OR debit_account LIKE 'cardholder_wallet/%'
       GROUP BY 1, 2, 3`,
    ),
    held: await query(
      databaseUrl,
      `SELECT split_part(account, '/', 2) AS bank, -balance AS held
       FROM ledger_balance WHERE account LIKE 'held_for_authorizations/%'`,
    ),
    moved: await sandbox.movements(),
  }
}

/** Each executed movement of ours is one of the exchange's, and each of the exchange's is one of ours. */
function compareMovements({ movements, moved }: Books): string[] {
  const ours = countOf(movements.map((row) => describe(row, fromLedger(row.asset, row.amount))))
  const theirs = countOf(moved.map((row) => describe(row, toUnits(row.amount))))
  return [...new Set([...ours.keys(), ...theirs.keys()])].flatMap((key) => {
    const [we, they] = [ours.get(key) ?? 0, theirs.get(key) ?? 0]
    return we === they ? [] : [`${key}: ${we} in our books, ${they} at the exchange`]
  })
}

/** What each wallet lost at the exchange is what its ledger accounts say. */
function compareWallets({ wallets, moved }: Books): string[] {
  const net = new Map<string, bigint>()
  const add = (key: string, units: bigint) => net.set(key, (net.get(key) ?? 0n) + units)
  for (const { exchange, wallet, asset, kind, amount } of moved)
    add(`${exchange} ${wallet} ${asset}`, kind === 'debit' ? toUnits(amount) : -toUnits(amount))
  for (const { exchange, wallet, asset, net: ledger } of wallets)
    add(`${exchange} ${wallet} ${asset}`, -fromLedger(asset, ledger))
  return [...net].flatMap(([key, units]) =>
    units === 0n ? [] : [`${key}: exchange and ledger differ by ${units} of 10^-18`],
  )
}

/** An approval that stands has one debit; whatever was declined or reversed has as many credits as debits. */
function compareDecisions({ authorizations, movements }: Books): string[] {
  const kindsOf = new Map<string, string[]>()
  for (const { authorization_id: id, kind } of movements)
    kindsOf.set(id, [...(kindsOf.get(id) ?? []), kind])
  return authorizations.flatMap(({ id, state, reversal_id: reversal }) => {
    const moved = (kindsOf.get(id) ?? []).toSorted().join('+')
    const stands = state === 'approved' && reversal === null
    const expected = stands
      ? ['debit']
      : state === 'approved'
        ? ['credit+debit']
        : ['', 'credit+debit']
    return expected.includes(moved)
      ? []
      : [`${id} is ${state}${reversal ? ' and reversed' : ''}, and moved: ${moved || 'nothing'}`]
  })
}

/** What is held for a bank is the sum of its approvals that stand. */
function compareHeld({ authorizations, held }: Books): string[] {
  const owed = new Map(held.map((row) => [row.bank, -BigInt(row.held)]))
  for (const { bank_id: bank, state, billing, reversal_id: reversal } of authorizations)
    if (state === 'approved' && reversal === null)
      owed.set(bank, (owed.get(bank) ?? 0n) + BigInt(billing ?? 0))
  return [...owed].flatMap(([bank, tiyn]) =>
    tiyn === 0n ? [] : [`${bank}: approvals exceed what is held by ${tiyn} tiyn`],
  )
}

function describe(
  row: Pick<MovementRow, 'kind' | 'exchange' | 'wallet' | 'reference' | 'asset'>,
  units: bigint,
): string {
  return [row.kind, row.exchange, row.wallet, row.reference, row.asset, units].join(' ')
}

function fromLedger(asset: string, amount: string): bigint {
  const decimals = LEDGER_DECIMALS[asset]
  if (decimals === undefined) throw new Error(`no decimals are written down for ${asset}`)
  return BigInt(amount) * 10n ** BigInt(18 - decimals)
}

function countOf(keys: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1)
  return counts
}
