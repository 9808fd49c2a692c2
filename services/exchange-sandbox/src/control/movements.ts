import { Readable } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { type Exchange, formatCoins, scaleOf } from '../coins.ts'
import type { Movement } from '../entries.ts'
import { type ControlDeps, exchangeName } from './control-deps.ts'

const filter = z.strictObject({
  exchange: exchangeName.optional(),
  wallet: z.string().optional(),
  reference: z.string().optional(),
  /** Only movements with a greater sequence. */
  after: z.coerce.number().int().nonnegative().default(0),
  limit: z.coerce.number().int().positive().optional(),
})

type Filter = z.output<typeof filter>

/** Movements in one page of JSON, when the caller does not say. NDJSON has no page. */
const PAGE = 1_000

/** Lines written to an NDJSON stream at once. */
const LINES_AT_ONCE = 500

/** Adds the sandbox's own record of what moved, oldest first, and its totals. */
export function addMovementControl(server: FastifyInstance, { book }: ControlDeps): void {
  server.get('/control/movements', (request, reply) => {
    const wanted = filter.parse(request.query)
    if (request.headers.accept?.includes('ndjson')) {
      const found = select(book.movements(), { ...wanted, limit: wanted.limit ?? Infinity })
      return reply.type('application/x-ndjson').send(Readable.from(lines(found)))
    }
    const found = select(book.movements(), { ...wanted, limit: wanted.limit ?? PAGE })
    return reply.send({ movements: [...found].map(describe) })
  })
  server.get('/control/movements/summary', () => summarize(book.movements()))
}

function* select(
  movements: readonly Movement[],
  wanted: Filter & { limit: number },
): Generator<Movement> {
  let left = wanted.limit
  // Sequences start at 1 and have no gap, so the sequence is also the next index.
  for (let index = wanted.after; index < movements.length && left > 0; index++) {
    const movement = movements[index]
    if (movement === undefined || !fits(movement, wanted)) continue
    left -= 1
    yield movement
  }
}

function fits({ wallet, operation }: Movement, wanted: Filter): boolean {
  return (
    (wanted.exchange === undefined || operation.exchange === wanted.exchange) &&
    (wanted.wallet === undefined || wallet === wanted.wallet) &&
    (wanted.reference === undefined || operation.reference === wanted.reference)
  )
}

function* lines(movements: Iterable<Movement>): Generator<string> {
  let page = ''
  let count = 0
  for (const movement of movements) {
    page += `${JSON.stringify(describe(movement))}\n`
    count += 1
    if (count % LINES_AT_ONCE > 0) continue
    yield page
    page = ''
  }
  if (page !== '') yield page
}

function describe({ sequence, wallet, kind, operation }: Movement) {
  const { exchange, reference, originalReference, asset, units, at } = operation
  return {
    sequence,
    exchange,
    wallet,
    kind,
    reference,
    ...(originalReference === undefined ? {} : { originalReference }),
    asset,
    amount: inCoins(exchange, asset, units),
    at: new Date(at).toISOString(),
  }
}

type Total = {
  readonly exchange: Exchange
  readonly wallet: string
  readonly asset: string
  debits: bigint
  credits: bigint
  executedTwice: number
}

/** Totals counted from the movements alone, not from what the book believes of its operations. */
function summarize(movements: readonly Movement[]) {
  const totals = new Map<string, Total>()
  const executions = new Map<string, number>()
  for (const { wallet, kind, operation } of movements) {
    const { exchange, asset, reference, units } = operation
    const key = JSON.stringify([exchange, wallet, asset])
    const total = totals.get(key) ?? newTotal(exchange, wallet, asset)
    totals.set(key, total)
    if (kind === 'debit') total.debits += units
    else total.credits += units
    const execution = `${key} ${kind} ${reference}`
    const times = (executions.get(execution) ?? 0) + 1
    executions.set(execution, times)
    if (times === 2) total.executedTwice += 1
  }
  return { totals: [...totals.values()].map(describeTotal) }
}

function newTotal(exchange: Exchange, wallet: string, asset: string): Total {
  return { exchange, wallet, asset, debits: 0n, credits: 0n, executedTwice: 0 }
}

/** `net` is what the wallet lost: debits less credits. */
function describeTotal({ exchange, wallet, asset, debits, credits, executedTwice }: Total) {
  const write = (units: bigint) => inCoins(exchange, asset, units)
  return {
    exchange,
    wallet,
    asset,
    debits: write(debits),
    credits: write(credits),
    net: write(debits - credits),
    executedTwice,
  }
}

function inCoins(exchange: Exchange, asset: string, units: bigint): string {
  return formatCoins(units, scaleOf(exchange, asset) ?? 0)
}
