import type { LookUpResult } from '@tolem/domain/movement'
import {
  type Bench,
  broken,
  type Check,
  type Finding,
  held,
  newDebit,
  notRun,
  spanAround,
  untilFinal,
} from './bench.ts'
import { tell } from './debits.ts'

/** Settlement's own allowance for clocks that differ. */
const DRIFT_MS = 60_000

/** What the exchange's record is good for: too early, in time, late, with clocks that differ. */
export const LOOK_UP_CHECKS: readonly Check[] = [
  {
    name: 'look up nothing',
    guarantee: 'a reference that was never sent is not found, and nothing else',
    async run(bench) {
      const order = newDebit(bench)
      const found = await bench.rail.lookUpDebit(order, spanAround(bench, bench.now()))
      return found.kind === 'not_found' ? held('not found') : broken(say(found))
    },
  },
  {
    name: 'look up too early',
    guarantee: 'a look-up that overtakes its order never calls it refused or another',
    async run(bench) {
      const order = newDebit(bench)
      const sentAt = bench.now()
      const [result, ...found] = await Promise.all([
        bench.rail.debit(order, bench.limit),
        bench.rail.lookUpDebit(order, spanAround(bench, sentAt)),
        bench.rail.lookUpDebit(order, spanAround(bench, sentAt)),
      ])
      if (result.kind !== 'debited') return broken(tell(result))
      const wrong = found.find(({ kind }) => kind === 'refused' || kind === 'contradicted')
      return wrong ? broken(say(wrong)) : held(found.map(say).join(', '))
    },
  },
  {
    name: 'look up in time',
    guarantee: 'an executed order is found executed before its "not found" would be final',
    run: (bench) => findExecuted(bench, (sentAt) => spanAround(bench, sentAt)),
  },
  {
    name: 'look up with drift',
    guarantee: 'an executed order is found although our clock was a minute off when it was sent',
    async run(bench) {
      const ahead = await findExecuted(bench, (sentAt) => shifted(bench, sentAt, DRIFT_MS))
      if (ahead.outcome !== 'held') return ahead
      return findExecuted(bench, (sentAt) => shifted(bench, sentAt, -DRIFT_MS))
    },
  },
  {
    name: 'not found is final',
    guarantee:
      'what was not executed within its validity never is, and is found so at the promised time',
    async run(bench) {
      const { trouble, rail, limit } = bench
      if (trouble === undefined) return notRun('the exchange cannot be made to answer late')
      if (!rail.capabilities.hasValidityWindow) return notRun('the rail promises no such window')
      await trouble.silence(false)
      const order = newDebit(bench)
      const sentAt = bench.now()
      const result = await rail.debit(order, limit)
      await trouble.calm()
      if (result.kind !== 'in_doubt') return broken(tell(result))
      await bench.sleep(untilFinal(bench, sentAt))
      const found = await rail.lookUpDebit(order, spanAround(bench, sentAt))
      const moved = await bench.movements?.(order.reference)
      if (moved && moved.length > 0) return broken('it was executed after all')
      return found.kind === 'not_found' || found.kind === 'refused'
        ? held(say(found))
        : broken(say(found))
    },
  },
]

/** Looks an executed order up until it is found, at the latest when "not found" would be believed. */
async function findExecuted(
  bench: Bench,
  spanOf: (sentAt: number) => ReturnType<typeof spanAround>,
): Promise<Finding> {
  const order = newDebit(bench)
  const sentAt = bench.now()
  const result = await bench.rail.debit(order, bench.limit)
  if (result.kind !== 'debited') return broken(tell(result))
  const deadline = bench.now() + untilFinal(bench, sentAt)
  for (;;) {
    const found = await bench.rail.lookUpDebit(order, spanOf(sentAt))
    if (found.kind === 'executed') {
      const isSame = found.exchangeReference === result.exchangeReference
      const afterMs = bench.now() - sentAt
      return isSame ? held(`seen after ${afterMs} ms`) : broken('under another exchange reference')
    }
    if (found.kind === 'refused' || found.kind === 'contradicted') return broken(say(found))
    if (bench.now() >= deadline) return broken(`${say(found)} when that would be final`)
    await bench.sleep(Math.min(500, Math.max(50, deadline - bench.now())))
  }
}

function shifted(bench: Bench, sentAt: number, byMs: number) {
  const { sentAfter, sentBefore } = spanAround(bench, sentAt)
  return { sentAfter: sentAfter + byMs, sentBefore: sentBefore + byMs }
}

function say(found: LookUpResult): string {
  return 'detail' in found ? `${found.kind}: ${found.detail}` : found.kind
}
