import {
  type Bench,
  broken,
  type Check,
  type Finding,
  flawInTimesMoved,
  held,
  newDebit,
  notRun,
  spanAround,
  type Trouble,
  untilFinal,
} from './bench.ts'
import { tell } from './debits.ts'

/** What must hold when the exchange misbehaves; only where it does so on demand. */
export const TROUBLE_CHECKS: readonly Check[] = [
  {
    name: 'silence, executed',
    guarantee: 'a debit without an answer is in doubt, and found executed once',
    run: inTrouble(async (bench, trouble) => {
      await trouble.silence(true)
      return findTheTruth(bench, trouble, 1)
    }),
  },
  {
    name: 'garbage, executed',
    guarantee: 'a debit with an answer that cannot be read is in doubt, and found executed once',
    run: inTrouble(async (bench, trouble) => {
      await trouble.garble()
      return findTheTruth(bench, trouble, 1)
    }),
  },
  {
    name: 'late answer',
    guarantee:
      'a debit that is answered after we gave it up is executed once or never, and the look-up says which',
    run: inTrouble(async (bench, trouble) => {
      await trouble.delay(bench.limit.timeoutMs + 200)
      const order = newDebit(bench)
      const sentAt = bench.now()
      const result = await bench.rail.debit(order, bench.limit)
      await trouble.calm()
      if (result.kind !== 'in_doubt') return broken(tell(result))
      await bench.sleep(untilFinal(bench, sentAt))
      const found = await bench.rail.lookUpDebit(order, spanAround(bench, sentAt))
      const times = found.kind === 'executed' ? 1 : 0
      const flaw = await flawInTimesMoved(bench, order.reference, times)
      return flaw ? broken(`${found.kind}, but ${flaw}`) : held(found.kind)
    }),
  },
  {
    name: 'blind history',
    guarantee: 'an executed order that the history does not show yet is not called refused',
    run: inTrouble(async (bench, trouble) => {
      await trouble.hideFor(2_000)
      const order = newDebit(bench)
      const sentAt = bench.now()
      const result = await bench.rail.debit(order, bench.limit)
      if (result.kind !== 'debited') return broken(tell(result))
      const early = await bench.rail.lookUpDebit(order, spanAround(bench, sentAt))
      if (early.kind === 'refused' || early.kind === 'contradicted') return broken(early.kind)
      await bench.sleep(2_100)
      const later = await bench.rail.lookUpDebit(order, spanAround(bench, sentAt))
      return later.kind === 'executed' ? held(`${early.kind}, then executed`) : broken(later.kind)
    }),
  },
  {
    name: 'clocks differ',
    guarantee:
      'a debit refused for the clock is executed never, and later ones succeed by themselves',
    run: inTrouble(async (bench, trouble) => {
      await trouble.drift(8_000)
      const order = newDebit(bench)
      const first = await bench.rail.debit(order, bench.limit)
      if (first.kind === 'rejected') {
        const flaw = await flawInTimesMoved(bench, order.reference, 0)
        if (flaw) return broken(flaw)
      }
      const more = await triesUntilDebited(bench)
      return more === undefined
        ? broken(`still not after ${MOST_TRIES} more: ${tell(first)}`)
        : held(`after ${more} more`)
    }),
  },
  {
    name: 'ban',
    guarantee: 'no call leaves during a ban, and calls leave again after it',
    run: inTrouble(async (bench, trouble) => {
      // What was learned of a clock that has been set right meanwhile has to be unlearned first.
      if ((await triesUntilDebited(bench)) === undefined) return broken('nothing is debited at all')
      await trouble.ban(1_500)
      const banned = await bench.rail.debit(newDebit(bench), bench.limit)
      if (banned.kind === 'debited') return broken('it was debited')
      const calls = await trouble.calls()
      for (let tries = 0; tries < 20; tries += 1) {
        const order = newDebit(bench)
        const result = await bench.rail.debit(order, bench.limit)
        if (result.kind !== 'rejected') return broken(tell(result))
        await bench.rail.lookUpDebit(order, spanAround(bench, bench.now()))
      }
      const more = (await trouble.calls()) - calls
      if (more > 0) return broken(`${more} calls came during the ban`)
      const giveUpAt = bench.now() + LONGEST_BAN_MS
      while (bench.now() < giveUpAt) {
        await bench.sleep(200)
        const result = await bench.rail.debit(newDebit(bench), bench.limit)
        if (result.kind === 'debited') return held('no call during it, and the next was debited')
      }
      return held('no call during it; it lasts longer than this trial')
    }),
  },
]

const MOST_TRIES = 10

/** How many debits it takes until one is executed; nothing when none is. */
async function triesUntilDebited(bench: Bench): Promise<number | undefined> {
  for (let tries = 1; tries <= MOST_TRIES; tries += 1) {
    const result = await bench.rail.debit(newDebit(bench), bench.limit)
    if (result.kind === 'debited') return tries
    await bench.sleep(100)
  }
  return undefined
}

/** How long a trial waits for the end of a ban. */
const LONGEST_BAN_MS = 5_000

function inTrouble(
  run: (bench: Bench, trouble: Trouble) => Promise<Finding>,
): (bench: Bench) => Promise<Finding> {
  return async (bench) => {
    const { trouble } = bench
    if (trouble === undefined) return notRun('the exchange does not misbehave on demand')
    try {
      return await run(bench, trouble)
    } finally {
      await trouble.calm()
    }
  }
}

async function findTheTruth(bench: Bench, trouble: Trouble, times: number): Promise<Finding> {
  const order = newDebit(bench)
  const sentAt = bench.now()
  const result = await bench.rail.debit(order, bench.limit)
  await trouble.calm()
  if (result.kind !== 'in_doubt') return broken(tell(result))
  const flaw = await flawInTimesMoved(bench, order.reference, times)
  if (flaw) return broken(flaw)
  const found = await bench.rail.lookUpDebit(order, spanAround(bench, sentAt))
  return found.kind === 'executed' ? held('found executed') : broken(`a look-up says ${found.kind}`)
}
