import type { Answer, Endpoint } from '../../call.ts'
import { formatCoinsShort, scaleOf } from '../../coins.ts'
import { MASTER, type Operation } from '../../entries.ts'
import { type Fault, isHidden } from '../../faults.ts'
import { listings } from '../../listings.ts'
import { v5Answer, v5Refusal } from '../answers.ts'
import { text } from '../gate.ts'
import { statusOf } from '../pay/trade.ts'
import { type Admitted, createSignedGate } from '../v5/signed-gate.ts'
import { readSpan, type Span } from '../v5/span.ts'
import { uidOf } from './members.ts'
import { findTransfer, TRANSFER_PARTY, TRANSFER_PERMISSION, type TransferDeps } from './transfer.ts'

const STATUSES = new Set(['', 'SUCCESS', 'FAILED', 'PENDING'])

/** What a look-up asks for. `wallet` is undefined for the master, who sees everything. */
type Filter = Span & {
  readonly transferId: string
  readonly coin: string
  readonly status: string
  readonly wallet: string | undefined
  readonly limit: number
  /** Only operations before this number: where the page before ended. */
  readonly before: number
}

/**
 * GET /v5/asset/transfer/query-universal-transfer-list: newest first, inside a window of at most seven days that counts
 * in whole seconds. The id is shown as `universalTransfer_<id>_<sender's uid>`, and may be asked for in either form.
 */
export function transferListEndpoint(deps: TransferDeps): Endpoint {
  const admit = createSignedGate(deps, {
    perSecond: deps.config.SANDBOX_BYBIT_TRANSFER_LIST_PER_SECOND,
    permission: TRANSFER_PERMISSION,
  })
  return (request) => {
    const admitted = admit(request)
    if ('status' in admitted) return admitted
    const filter = readFilter(admitted, deps)
    if (filter === undefined) return v5Refusal(131203, 'param error', deps.now())
    const { headers, failures } = admitted
    const named = findTransfer(deps.book, filter.transferId)
    return {
      operation: 'look_up',
      wallet: named === undefined ? (filter.wallet ?? MASTER) : customerOf(named),
      headers,
      failures,
      run: (fault) => list(deps, filter, fault),
    }
  }
}

async function list(deps: TransferDeps, filter: Filter, fault: Fault | undefined): Promise<Answer> {
  const time = deps.now()
  const found: Operation[] = []
  for (const operation of candidates(deps, filter)) {
    if (seconds(operation.at) < filter.from || found.length > filter.limit) break
    if (isHidden(operation.at, fault, time)) continue
    if (matches(operation, filter, time)) found.push(operation)
  }
  const shown = found.slice(0, filter.limit)
  await Promise.all(shown.flatMap(({ saving }) => (saving === undefined ? [] : [saving])))
  const result = {
    list: listings(shown, deps.book.timesMoved).map(({ operation }) =>
      describe(operation, deps, fault),
    ),
    nextPageCursor: found.length > filter.limit ? cursorAfter(shown) : '',
  }
  return v5Answer(result, time, 'success')
}

function* candidates({ book }: TransferDeps, filter: Filter): Generator<Operation> {
  const named = findTransfer(book, filter.transferId)
  if (named !== undefined && named.number < filter.before) yield named
  if (filter.transferId !== '') return
  const last = Math.min(filter.before - 1, book.operations().length)
  for (let number = last; number >= 1; number--) {
    const operation = book.byNumber(number)
    if (operation?.exchange === 'bybit' && operation.party === TRANSFER_PARTY) yield operation
  }
}

function matches(operation: Operation, filter: Filter, time: number): boolean {
  return (
    seconds(operation.at) <= filter.to &&
    seconds(operation.at) >= filter.from &&
    (filter.coin === '' || filter.coin === operation.asset) &&
    (filter.status === '' || filter.status === statusOf(operation, time)) &&
    (filter.wallet === undefined || customerOf(operation) === filter.wallet)
  )
}

function describe(operation: Operation, { config, now }: TransferDeps, fault: Fault | undefined) {
  const units = operation.units + (fault?.kind === 'wrong_echo' ? 1n : 0n)
  const from = uidOf(config, operation.from)
  return {
    transferId: `universalTransfer_${operation.reference}_${from}`,
    coin: operation.asset,
    amount: formatCoinsShort(units, scaleOf('bybit', operation.asset) ?? 0),
    timestamp: String(seconds(operation.at) * 1_000),
    status: statusOf(operation, now()),
    fromAccountType: operation.echo['fromAccountType'],
    toAccountType: operation.echo['toAccountType'],
    fromMemberId: from,
    toMemberId: uidOf(config, operation.to),
  }
}

function readFilter({ fields, isMaster, uid }: Admitted, deps: TransferDeps): Filter | undefined {
  const span = readSpan(fields, deps.now())
  const limit = text(fields, 'limit') || '20'
  const before = readCursor(text(fields, 'cursor'))
  const status = text(fields, 'status')
  if (span === undefined || before === undefined || !STATUSES.has(status)) return undefined
  if (!/^\d{1,2}$/.test(limit) || Number(limit) < 1 || Number(limit) > 50) return undefined
  return {
    ...span,
    transferId: bareIdOf(text(fields, 'transferId')),
    coin: text(fields, 'coin'),
    status,
    wallet: isMaster ? undefined : uid,
    limit: Number(limit),
    before,
  }
}

function bareIdOf(transferId: string): string {
  return transferId.replace(/^universalTransfer_(.*)_\d+$/, '$1').toLowerCase()
}

/** The cursor hides the numbers of the page it follows, as Bybit's does. */
function cursorAfter(shown: readonly Operation[]): string {
  const numbers = shown.map(({ number }) => number)
  const range = { minID: Math.min(...numbers), maxID: Math.max(...numbers) }
  return Buffer.from(JSON.stringify(range)).toString('base64url')
}

function readCursor(cursor: string): number | undefined {
  if (cursor === '') return Infinity
  const match = /"minID":(\d{1,15})/.exec(Buffer.from(cursor, 'base64url').toString())
  return match === null ? undefined : Number(match[1])
}

function customerOf({ from, to }: Operation): string {
  return from === MASTER ? to : from
}

function seconds(time: number): number {
  return Math.floor(time / 1_000)
}
