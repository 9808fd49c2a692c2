import { type Connection, type HttpAnswer, openConnection } from './connection.ts'
import type { Approval, Measured, Order, Report } from './generator-protocol.ts'
import { createMessages, type Messages } from './messages.ts'
import { createHistogram, toTimed } from './timed.ts'

/** The load generator: a process of its own, so that what it costs can be seen and is not the service's. */

let url = ''
let messages: Messages | undefined

process.on('message', (order: Order) => {
  void obey(order).then((report) => process.send?.(report))
})
// Also when the benchmark was killed.
process.on('disconnect', () => process.exit())

async function obey(order: Order): Promise<Report> {
  if (order.kind === 'set_up') {
    url = order.url
    messages = createMessages(order)
    return { kind: 'ready' }
  }
  if (!messages) throw new Error('told to work before it was set up')
  if (order.kind === 'run') return { kind: 'measured', measured: await measure(messages, order) }
  messages.prepare(order.count)
  return { kind: 'ready' }
}

type Tally = {
  readonly approvals: Approval[]
  readonly declines: Record<string, number>
  readonly problems: Record<string, number>
  readonly errors: Record<string, number>
}

async function measure(
  source: Messages,
  { connections, seconds }: { readonly connections: number; readonly seconds: number },
): Promise<Measured> {
  const histogram = createHistogram()
  const tally: Tally = { approvals: [], declines: {}, problems: {}, errors: {} }
  const open = await Promise.all(Array.from({ length: connections }, () => openConnection(url)))
  const lateBefore = source.late()
  const startedAt = performance.now()
  const endsAt = startedAt + seconds * 1_000

  const loop = async (connection: Connection) => {
    while (performance.now() < endsAt) {
      const sentAt = performance.now()
      try {
        count(tally, await connection.exchange(source.next()))
        histogram.recordValue((performance.now() - sentAt) * 1_000)
      } catch (error) {
        // The connection is lost; the others go on, and the report shows it.
        add(tally.errors, error instanceof Error ? error.message : String(error))
        return
      }
    }
  }
  await Promise.all(open.map(loop))
  const took = (performance.now() - startedAt) / 1_000
  for (const connection of open) connection.close()
  const { p50, p99, longest } = toTimed(histogram)
  return {
    connections,
    seconds: took,
    ...tally,
    p50,
    p99,
    longest,
    signedLate: source.late() - lateBefore,
  }
}

function count(tally: Tally, { status, body }: HttpAnswer): void {
  const answer = JSON.parse(body)
  if (status !== 200) return add(tally.problems, `${status} ${answer.type ?? ''}`)
  if (answer.decision !== 'approved') return add(tally.declines, String(answer.reason))
  const { exchange, asset, amount } = answer.funding[0]
  tally.approvals.push({ id: answer.authorizationId, exchange, asset, amount })
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
