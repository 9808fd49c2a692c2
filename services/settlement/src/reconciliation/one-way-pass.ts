import type { Finding, KnownMovement, Watermark } from '@tolem/authorizations/reconciliation'
import { lookUp } from './look-up.ts'
import { endOf, type PassDeps, record } from './settings.ts'

const SLICE_MS = 5 * 60_000

/** Look-ups are settlement's first: one pass takes no more than so many. */
const MOST_LOOK_UPS = 500

/**
 * Looks every movement of ours up that is over, where the exchange has no list: it finds what the exchange does not
 * have, or has otherwise, and never what we do not know of. Gives up to when all is compared.
 */
export async function oneWayPass(deps: PassDeps, mark: Watermark): Promise<number> {
  const { reconciliation, rail } = deps
  const at = { exchange: rail.exchange, rail: rail.rail }
  const to = endOf(deps, mark)
  let readTo = mark.readTo
  let left = MOST_LOOK_UPS
  while (readTo < to) {
    const end = Math.min(to, readTo + SLICE_MS)
    const over = (await reconciliation.written(at, readTo, end)).filter(isOver).toSorted(byAge)
    const { findings, stoppedAt } = await lookUpAll(deps, over.slice(0, left), mark.now)
    const done = Math.min(end, stoppedAt ?? over[left]?.createdAt ?? end)
    await record(deps, findings)
    await reconciliation.advance(at, done)
    readTo = done
    left = Math.max(0, left - over.length)
    if (done < end) break
  }
  return readTo
}

/** What is open is looked up by whoever settles it. */
function isOver({ state }: KnownMovement): boolean {
  return state === 'executed' || state === 'refused'
}

function byAge(one: KnownMovement, other: KnownMovement): number {
  return one.createdAt - other.createdAt
}

/** One after the other, until the exchange does not say any more. */
async function lookUpAll(deps: PassDeps, over: readonly KnownMovement[], now: number) {
  const findings: Finding[] = []
  for (const known of over) {
    const looked = await lookUp(deps, known, { name: known.order.reference, now })
    if (looked === 'untold') return { findings, stoppedAt: known.createdAt }
    deps.meters.compared.inc({ rail: deps.rail.rail, way: 'ours' })
    if (looked !== 'agrees') findings.push(looked)
  }
  return { findings }
}
