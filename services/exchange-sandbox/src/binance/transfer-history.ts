import type { Book } from '../book.ts'
import type { Answer, Endpoint } from '../call.ts'
import { formatCoinsShort, scaleOf } from '../coins.ts'
import type { SandboxConfig } from '../config.ts'
import { MASTER, type Operation } from '../entries.ts'
import { type Fault, isHidden } from '../faults.ts'
import { type Listing, listings } from '../listings.ts'
import { binanceAnswer, binanceError, malformed } from './answers.ts'
import type { Gate } from './gate.ts'
import { tranIdOf, UNIVERSAL_TRANSFER } from './transfer.ts'

const SEVEN_DAYS_MS = 7 * 86_400_000

/** What a transfer's second execution is numbered above its first. */
const SECOND_TRAN_ID = 50_000_000_000

type Deps = { config: SandboxConfig; book: Book; gate: Gate; now: () => number }

/** What a look-up asks for. Without e-mails it sees only what the master sent. */
type Filter = {
  readonly from?: string
  readonly to?: string
  readonly clientTranId?: string
  readonly startTime: number
  readonly endTime: number
  readonly page: number
  readonly limit: number
}

/**
 * GET /sapi/v1/sub-account/universalTransfer: newest first, inside a window of at most seven days that ends now unless
 * the caller says otherwise.
 */
export function transferHistoryEndpoint(deps: Deps): Endpoint {
  const cost = { path: `GET ${UNIVERSAL_TRANSFER}`, weight: 1, by: 'sapi_ip' } as const
  return (request) => {
    const admitted = deps.gate.signed(request, cost)
    if ('status' in admitted) return admitted
    const filter = readFilter(admitted.params, deps)
    if ('status' in filter) return filter
    return {
      operation: 'look_up',
      wallet: filter.from ?? filter.to ?? MASTER,
      headers: admitted.headers,
      recheck: admitted.recheck,
      run: (fault) => list(deps, filter, fault),
    }
  }
}

async function list(deps: Deps, filter: Filter, fault: Fault | undefined): Promise<Answer> {
  const found = candidates(deps.book, filter)
    .filter((operation) => matches(operation, filter))
    .filter(({ at }) => !isHidden(at, fault, deps.now()))
  const all = listings(found, deps.book.timesMoved)
  const shown = all.slice((filter.page - 1) * filter.limit, filter.page * filter.limit)
  await Promise.all(
    shown.flatMap(({ operation: { saving } }) => (saving === undefined ? [] : [saving])),
  )
  const result = shown.map((listing) => describe(listing, deps, fault))
  return binanceAnswer({ result, totalCount: all.length })
}

function candidates(book: Book, filter: Filter): Operation[] {
  if (filter.clientTranId === undefined) return book.operations().toReversed()
  const reference = filter.clientTranId
  const found = book.find({ exchange: 'binance', kind: 'debit', party: '', reference })
  return found === undefined ? [] : [found]
}

function matches(operation: Operation, filter: Filter): boolean {
  return (
    operation.exchange === 'binance' &&
    operation.party === '' &&
    (filter.to === undefined || operation.to === filter.to) &&
    (filter.to !== undefined || operation.from === (filter.from ?? MASTER)) &&
    operation.at >= filter.startTime &&
    operation.at <= filter.endTime
  )
}

function describe({ operation, time }: Listing, deps: Deps, fault: Fault | undefined) {
  const units = operation.units + (fault?.kind === 'wrong_echo' ? 1n : 0n)
  const emailOf = (id: string) => (id === MASTER ? deps.config.SANDBOX_BINANCE_MASTER_EMAIL : id)
  return {
    // A number of its own, far from those of other transfers.
    tranId: tranIdOf(operation) + (time - 1) * SECOND_TRAN_ID,
    fromEmail: emailOf(operation.from),
    toEmail: emailOf(operation.to),
    asset: operation.asset,
    amount: formatCoinsShort(units, scaleOf('binance', operation.asset) ?? 0),
    createTimeStamp: operation.at,
    fromAccountType: operation.echo['fromAccountType'],
    toAccountType: operation.echo['toAccountType'],
    status: statusOf(operation, deps.now()),
    clientTranId: operation.reference,
  }
}

function statusOf(operation: Operation, time: number): string {
  if (time < operation.settlesAt) return operation.interim
  return operation.failure ?? 'SUCCESS'
}

function readFilter(params: URLSearchParams, deps: Deps): Filter | Answer {
  const from = params.get('fromEmail') || undefined
  const to = params.get('toEmail') || undefined
  if (from !== undefined && to !== undefined) return malformed('toEmail')
  const wrong = NUMBERS.find((name) => !/^\d{0,16}$/.test(params.get(name) ?? ''))
  if (wrong !== undefined) return malformed(wrong)
  const { startTime, endTime } = readSpan(params, deps.now())
  if (endTime - startTime > SEVEN_DAYS_MS) {
    return binanceError(400, -1127, 'Lookup interval is too big.')
  }
  const clientTranId = params.get('clientTranId') ?? ''
  return {
    ...(from === undefined ? {} : { from: walletOf(from, deps) }),
    ...(to === undefined ? {} : { to: walletOf(to, deps) }),
    ...(clientTranId === '' ? {} : { clientTranId }),
    startTime,
    endTime,
    page: Math.max(1, numberOf(params, 'page') ?? 1),
    limit: Math.min(500, numberOf(params, 'limit') ?? 500),
  }
}

const NUMBERS = ['startTime', 'endTime', 'page', 'limit']

/** Seven days after the start, or before the end, or before now. */
function readSpan(params: URLSearchParams, time: number): { startTime: number; endTime: number } {
  const start = numberOf(params, 'startTime')
  const endTime =
    numberOf(params, 'endTime') ?? (start === undefined ? time : start + SEVEN_DAYS_MS)
  return { startTime: start ?? endTime - SEVEN_DAYS_MS, endTime }
}

function numberOf(params: URLSearchParams, name: string): number | undefined {
  const text = params.get(name) ?? ''
  return text === '' ? undefined : Number(text)
}

function walletOf(email: string, { config }: Deps): string {
  return email === config.SANDBOX_BINANCE_MASTER_EMAIL ? MASTER : email
}
