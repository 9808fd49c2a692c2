import type { ReferenceUniqueness } from '@tolem/domain/movement'
import type { Amount } from '@tolem/money/amount'
import {
  type Bench,
  broken,
  type Check,
  creditOf,
  type Finding,
  flawInTimesMoved,
  held,
  newDebit,
  notRun,
  spanAround,
  timesMoved,
} from './bench.ts'
import { tell } from './debits.ts'

/** Fewer than any documented limit of debits in a second. */
const AT_ONCE = 4

/** What a rail promises about its references, by sending the same one again. */
export const REFERENCE_CHECKS: readonly Check[] = [
  {
    name: 'same reference twice',
    guarantee: 'an order sent again under its reference moves as often as the rail promises',
    async run(bench) {
      const order = newDebit(bench)
      const first = await bench.rail.debit(order, bench.limit)
      if (first.kind !== 'debited') return broken(`the first: ${tell(first)}`)
      const second = await bench.rail.debit(order, bench.limit)
      if (second.kind === 'debited' && second.exchangeReference !== first.exchangeReference)
        return afterRepeat(bench, order.reference, 'the repeat has another exchange reference')
      if (second.kind === 'rejected' && promises(bench))
        return broken(`a repeat of what was executed is told as not executed: ${tell(second)}`)
      return afterRepeat(bench, order.reference, `the repeat: ${tell(second)}`)
    },
  },
  {
    name: 'same reference at once',
    guarantee: 'copies of one order that arrive together move as often as the rail promises',
    async run(bench) {
      const order = newDebit(bench)
      const copies = Array.from({ length: AT_ONCE }, () => bench.rail.debit(order, bench.limit))
      const results = await Promise.all(copies)
      const told = results.filter(({ kind }) => kind === 'debited').length
      return afterRepeat(bench, order.reference, `${told} of ${AT_ONCE} were told of it`)
    },
  },
  {
    name: 'same reference, other amount',
    guarantee: 'another order under a used reference moves nothing, and its look-up contradicts',
    async run(bench) {
      const order = newDebit(bench)
      const first = await bench.rail.debit(order, bench.limit)
      if (first.kind !== 'debited') return broken(`the first: ${tell(first)}`)
      if (!promises(bench)) return notRun('the rail promises nothing of a used reference')
      const amount = (order.amount + bench.rail.stepOf(order.asset)) as Amount<typeof order.asset>
      const other = await bench.rail.debit({ ...order, amount }, bench.limit)
      const flaw = await flawInTimesMoved(bench, order.reference, 1)
      if (flaw) return broken(flaw)
      if (other.kind !== 'debited') return held(tell(other))
      // The first one's result, in an answer that does not tell its amount: then the record must.
      const found = await bench.rail.lookUpDebit(
        { ...order, amount },
        spanAround(bench, bench.now()),
      )
      return found.kind === 'contradicted' ? held('its look-up contradicts') : broken(tell(other))
    },
  },
  {
    name: 'credit twice',
    guarantee:
      'a credit gives back what its debit took, and again under its reference only as promised',
    async run(bench) {
      const order = newDebit(bench)
      const debited = await bench.rail.debit(order, bench.limit)
      if (debited.kind !== 'debited') return broken(`the debit: ${tell(debited)}`)
      const credit = creditOf(bench, order, debited)
      const sentAt = bench.now()
      const first = await bench.rail.credit(credit, bench.limit)
      if (first.kind === 'rejected') return broken(`the credit: rejected: ${first.detail}`)
      if (promises(bench)) await bench.rail.credit(credit, bench.limit)
      const flaw = await flawInTimesMoved(bench, credit.reference, 1)
      if (flaw) return broken(flaw)
      const found = await bench.rail.lookUpCredit(credit, spanAround(bench, sentAt))
      return found.kind === 'executed' || found.kind === 'not_found' || found.kind === 'unknown'
        ? held(`a look-up says ${found.kind}`)
        : broken(`a look-up says ${found.kind}`)
    },
  },
]

/** Does the rail say that its exchange knows a reference again? */
function promises({ rail }: Bench): boolean {
  const KNOWS: ReadonlySet<ReferenceUniqueness['kind']> = new Set(['for_ever', 'for_window'])
  return KNOWS.has(rail.capabilities.reference.kind)
}

/** Where nothing is promised, moving twice breaks no promise: it is told, because it is worth knowing. */
async function afterRepeat(
  bench: Bench,
  reference: Parameters<typeof timesMoved>[1],
  detail: string,
): Promise<Finding> {
  const seen = await timesMoved(bench, reference)
  if (seen === undefined || seen === 1) return held(detail)
  const text = `moved ${seen} times; ${detail}`
  return promises(bench) || seen === 0 ? broken(text) : held(`${text}; nothing was promised`)
}
