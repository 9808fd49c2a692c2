import type { Answer, Endpoint, ExchangeRequest } from '../call.ts'
import type { Operation } from '../entries.ts'
import { type Fault, isHidden } from '../faults.ts'
import { listings } from '../listings.ts'
import { partnerAnswer, partnerRefusal } from './answers.ts'
import type { PartnerDeps } from './deps.ts'
import { describeTransfer } from './transfer-states.ts'

const LONGEST_SPAN_MS = 7 * 86_400_000
const MOST = 500

/** What is asked for. `after` is the number of the last transfer on the page before. */
type Filter = {
  readonly from: number
  readonly to: number
  readonly limit: number
  readonly after: number
}

/** GET /v1/transfers: the transfers of a span of at most seven days, oldest first, page by page. */
export function transferListEndpoint(deps: PartnerDeps): Endpoint {
  return (request) => {
    const admitted = deps.gate(request, 'read')
    if ('status' in admitted) return admitted
    const filter = readFilter(request)
    if (filter === undefined) return partnerRefusal('malformed', 'span, limit or cursor')
    return {
      operation: 'look_up',
      headers: {},
      recheck: admitted.recheck,
      run: (fault) => list(deps, filter, fault),
    }
  }
}

async function list(
  { book, now }: PartnerDeps,
  filter: Filter,
  fault: Fault | undefined,
): Promise<Answer> {
  const time = now()
  const found: Operation[] = []
  for (const operation of book.operations().slice(filter.after)) {
    if (found.length > filter.limit) break
    const { exchange, at } = operation
    const isAsked = exchange === 'partner' && at >= filter.from && at <= filter.to
    if (isAsked && !isHidden(at, fault, time)) found.push(operation)
  }
  const shown = found.slice(0, filter.limit)
  await Promise.all(shown.flatMap(({ saving }) => (saving === undefined ? [] : [saving])))
  const transfers = listings(shown, book.timesMoved).map(({ operation, time: nth }) => {
    const { transfer } = describeTransfer(operation, fault, time)
    return nth === 1 ? transfer : { ...transfer, id: `${transfer.id}-${nth}` }
  })
  const last = shown.at(-1)
  const next = found.length > filter.limit && last !== undefined ? String(last.number) : undefined
  return partnerAnswer({ transfers, ...(next === undefined ? {} : { next }) })
}

function readFilter({ target }: ExchangeRequest): Filter | undefined {
  const query = new URL(target, 'http://partner').searchParams
  const [from, to] = [numberIn(query, 'from'), numberIn(query, 'to')]
  const limit = numberIn(query, 'limit') ?? 100
  const after = numberIn(query, 'cursor') ?? 0
  if (from === undefined || to === undefined || to - from > LONGEST_SPAN_MS) return undefined
  const isLimit = limit >= 1 && limit <= MOST
  return isLimit && !Number.isNaN(after) && to >= from ? { from, to, limit, after } : undefined
}

/** Undefined when it is not given, NaN when it is no number. */
function numberIn(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  return /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
}
