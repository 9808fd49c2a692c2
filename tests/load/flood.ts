import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Histogram } from 'hdr-histogram-js'
import { type Connection, openConnection } from './connection.ts'
import type { Flood, Flooded, FloodOrder, FloodReport } from './flood-protocol.ts'
import type { Approval } from './generator-protocol.ts'
import { createMessages, type Messages } from './messages.ts'
import { createHistogram, type Timed, toTimed } from './timed.ts'

/**
 * An open loop, in a process of its own: so many messages a second, whatever becomes of them. What was told to come
 * again is sent again with the same bytes, as a bank would: it left no trace, not even its nonce.
 */

/** The banks' budget: a decision that comes later is of no use. */
const BUDGET_MS = 1_000

/** Far from what the closed loops have sent. */
const FIRST_NUMBER = 500_000

/** A signature is good for a minute. */
const FRESH_MS = 45_000

/** How often it is looked at what is due. */
const TICK_MS = 2

type Source = { readonly bank: string; readonly messages: Messages; readonly again: Prepared[] }
type Prepared = { readonly bytes: Buffer; readonly signedAt: number }

let url = ''
let sources: readonly Source[] = []

process.on('message', (order: FloodOrder) => {
  void obey(order).then((report) => process.send?.(report))
})
// Also when the test was killed.
process.on('disconnect', () => process.exit())

async function obey(order: FloodOrder): Promise<FloodReport> {
  if (order.kind === 'flood') return { kind: 'flooded', flooded: await pour(order.flood) }
  url = order.url
  const banks = new Set(order.cards.map((card) => card.bank.id))
  sources = [...banks].map((bank) => ({
    bank,
    messages: createMessages({
      url,
      cards: order.cards.filter((card) => card.bank.id === bank),
      zipf: 0,
      firstNumber: FIRST_NUMBER,
    }),
    again: [],
  }))
  return { kind: 'ready' }
}

type Counts = { sent: number; decided: number; refused: number }

type Tally = {
  readonly decided: Histogram
  readonly refused: Histogram
  readonly banks: Map<Source, Counts>
  readonly others: Record<string, number>
  readonly bySecond: number[]
  readonly approvals: Approval[]
  late: number
}

type Due = { readonly source: Source; readonly at: number }

async function pour(flood: Flood): Promise<Flooded> {
  const tally = newTally()
  const free = await Promise.all(
    Array.from({ length: flood.connections }, () => openConnection(url)),
  )
  const all = [...free]
  const choose = chooser(flood)
  const delays = monitorEventLoopDelay({ resolution: TICK_MS })
  delays.enable()
  const startedAt = performance.now()
  const waiting: Due[] = []
  let due = 0
  let underWay = 0

  const send = async (connection: Connection, { source, at }: Due) => {
    const message = take(source)
    countsOf(tally, source).sent += 1
    underWay += 1
    try {
      const answer = await connection.exchange(message.bytes)
      const now = performance.now()
      note(tally, { source, message, answer, ms: now - at, second: (now - startedAt) / 1_000 })
      free.push(connection)
    } catch (error) {
      add(tally.others, error instanceof Error ? error.message : String(error))
    }
    underWay -= 1
    next()
  }
  const next = () => {
    for (;;) {
      const connection = waiting.length > 0 ? free.shift() : undefined
      if (!connection) return
      void send(connection, waiting.shift() as Due)
    }
  }
  const isOver = Promise.withResolvers<void>()
  const timer = setInterval(() => {
    const passed = Math.min(performance.now() - startedAt, flood.seconds * 1_000)
    for (; due < (passed / 1_000) * flood.rate; due += 1)
      waiting.push({ source: choose(due), at: startedAt + (due / flood.rate) * 1_000 })
    next()
    const patience = performance.now() - startedAt > flood.seconds * 1_000 + 3_000
    if (passed >= flood.seconds * 1_000 && ((underWay === 0 && waiting.length === 0) || patience))
      isOver.resolve()
  }, TICK_MS)
  await isOver.promise
  clearInterval(timer)
  delays.disable()
  for (const connection of all) connection.close()
  if (waiting.length > 0) add(tally.others, 'never sent: no connection was free', waiting.length)
  return toFlooded(tally, flood.seconds, toDelay(delays))
}

/** The noisy bank is the first; without one all take turns. */
function chooser({ noisyPercent }: Flood): (number: number) => Source {
  const [first, ...rest] = sources
  return (number) => {
    const isNoisy = noisyPercent !== undefined && (number * 61) % 100 < noisyPercent
    const among = noisyPercent === undefined ? sources : rest
    const chosen = isNoisy ? first : among[number % among.length]
    if (!chosen) throw new Error('there is no bank')
    return chosen
  }
}

function take(source: Source): Prepared {
  for (let old = source.again.pop(); old; old = source.again.pop())
    if (performance.now() - old.signedAt < FRESH_MS) return old
  return { bytes: source.messages.next(), signedAt: performance.now() }
}

type Answered = {
  readonly source: Source
  readonly message: Prepared
  readonly answer: { readonly status: number; readonly body: string }
  readonly ms: number
  readonly second: number
}

function note(tally: Tally, { source, message, answer, ms, second }: Answered): void {
  const { status, body } = answer
  const counts = countsOf(tally, source)
  if (status === 200) {
    counts.decided += 1
    tally.decided.recordValue(ms * 1_000)
    if (ms > BUDGET_MS) tally.late += 1
    const index = Math.floor(second)
    tally.bySecond[index] = (tally.bySecond[index] ?? 0) + 1
    const { decision, authorizationId, funding } = JSON.parse(body)
    if (decision !== 'approved') return
    const { exchange, asset, amount } = funding[0]
    tally.approvals.push({ id: authorizationId, exchange, asset, amount })
  } else if (status === 503 && body.includes('/problems/overloaded')) {
    counts.refused += 1
    tally.refused.recordValue(ms * 1_000)
    source.again.push(message)
  } else add(tally.others, `${status} ${JSON.parse(body).type}`)
}

function newTally(): Tally {
  return {
    decided: createHistogram(),
    refused: createHistogram(),
    banks: new Map(sources.map((source) => [source, { sent: 0, decided: 0, refused: 0 }])),
    others: {},
    bySecond: [],
    approvals: [],
    late: 0,
  }
}

function countsOf(tally: Tally, source: Source): Counts {
  const counts = tally.banks.get(source)
  if (!counts) throw new Error('a bank of another run')
  return counts
}

function toFlooded(tally: Tally, seconds: number, ownDelay: Timed): Flooded {
  const banks = Object.fromEntries([...tally.banks].map(([{ bank }, counts]) => [bank, counts]))
  return {
    seconds,
    sent: Object.values(banks).reduce((sum, { sent }) => sum + sent, 0),
    banks,
    decided: { ...toTimed(tally.decided), late: tally.late },
    refused: toTimed(tally.refused),
    others: tally.others,
    ownDelay,
    approvals: tally.approvals,
    decidedBySecond: Array.from(tally.bySecond, (count) => count ?? 0),
  }
}

/** What Node counts is from tick to tick, in nanoseconds. */
function toDelay(delays: ReturnType<typeof monitorEventLoopDelay>): Timed {
  const late = (ns: number) => Math.max(0, ns / 1e6 - TICK_MS)
  return {
    count: delays.count,
    p50: late(delays.percentile(50)),
    p99: late(delays.percentile(99)),
    longest: late(delays.max),
  }
}

function add(counts: Record<string, number>, name: string, count = 1): void {
  counts[name] = (counts[name] ?? 0) + count
}
