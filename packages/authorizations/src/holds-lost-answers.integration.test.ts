import { PostgresFault } from '@tolem/postgres/fault'
import { aNewAdvice, aNewClearing, aNewRefund, aNewReversal } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import type { Holds, Recorded } from './holds.ts'
import { aFrailNetwork } from './testing/frail-network.ts'
import { BREACHES, holdsOn, openPostgres } from './testing/opened-records.ts'
import { approved, byId, type Item, openWithCard, tenge } from './testing/scenes.ts'

/** One message about a hold, which can be sent again. */
type Send = (holds: Holds) => Promise<Recorded>

const SENDS: readonly (readonly [string, (item: Item) => Send])[] = [
  [
    'partial reversal',
    ({ id }) => {
      const reversal = aNewReversal({ original: byId(id), replacement: tenge(1n) })
      return (holds) => holds.reverse(reversal)
    },
  ],
  [
    'presentment',
    ({ id }) => {
      const clearing = aNewClearing({ original: byId(id), amount: tenge(9n) })
      return (holds) => holds.clear(clearing)
    },
  ],
  [
    'force post',
    () => {
      const clearing = aNewClearing()
      return (holds) => holds.clear(clearing)
    },
  ],
  [
    'refund',
    ({ id }) => {
      const refund = aNewRefund({ original: byId(id), amount: tenge(1_000n) })
      return (holds) => holds.refund(refund)
    },
  ],
  [
    'advice',
    () => {
      const advice = aNewAdvice()
      return (holds) => holds.advise(advice)
    },
  ],
]

test.each(SENDS)(
  'a %s whose connection breaks at any answer is recorded once, or not at all until it is sent again',
  async (_name, sendOf) => {
    const opened = await openWithCard(onTestFinished)
    const network = await aFrailNetwork(opened.url, onTestFinished)
    const postgres = openPostgres(network.url)
    onTestFinished(() => postgres.close())
    const frail = holdsOn(postgres)
    // Once as a whole, so that its connection is open and has every statement prepared.
    await sendOf(await approved(opened))(frail)
    const faults: boolean[] = []
    for (let answer = 1, isLost = true; isLost; answer += 1) {
      const send = sendOf(await approved(opened))
      network.loseAnswer(answer)
      const first = await send(frail).catch((fault: unknown) => fault)
      faults.push(first instanceof PostgresFault)
      isLost = network.wasLost()
      network.loseAnswer(Number.POSITIVE_INFINITY)
      const again = await send(opened.holds)
      if (again.kind === 'mismatch') return expect.unreachable()
      if (!(first instanceof PostgresFault)) expect(first).toMatchObject({ body: again.body })
    }
    expect(faults).toContain(true)
    expect(faults.at(-1)).toBe(false)
    expect(await opened.ask(BREACHES)).toEqual([])
  },
)
