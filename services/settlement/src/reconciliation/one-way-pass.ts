import type { Finding, KnownMovement, Watermark } from '@tolem/authorizations/reconciliation'
import { type Looked, lookUp } from './look-up.ts'
import { endOf, momentOf, type PassDeps, record } from './settings.ts'

const SLICE_MS = 5 * 60_000

/** Look-ups are settlement's first: the comparison takes no more of them than this. */
const SHARE = 0.5

/** So many at once keep the pace where answers take long, and leave room among the calls under way. */
const MOST_AT_ONCE = 8

/**
 * Looks every movement of ours up that is over, where the exchange has no list: it finds what the exchange does not
 * have, or has otherwise, and never what we do not know of. Goes on at the pace that the rail has until the next pass
 * is due. Gives up to when all is compared.
 */
export async function oneWayPass(deps: PassDeps, mark: Watermark): Promise<number> {
  const { reconciliation, rail } = deps
  const at = { exchange: rail.exchange, rail: rail.rail }
  const to = endOf(deps, mark)
  const pace = paceOf(deps)
  let readTo = mark.readTo
  let left = pace.most
  while (readTo < to && left > 0) {
    const end = Math.min(to, readTo + SLICE_MS)
    const over = await reconciliation.over(at, { from: readTo, to: end, limit: left + 1 })
    const asked = over.slice(0, left)
    const { findings, stoppedAt } = await lookUpAll(deps, asked, { ...pace, now: mark.now })
    const next = over[left]
    const done = Math.min(end, stoppedAt ?? (next ? momentOf(next) : end))
    await record(deps, findings)
    await reconciliation.advance(at, done)
    readTo = done
    left -= asked.length
    if (done < end) break
  }
  return readTo
}

/** `most` in a pass, `atOnce` of them, and then so long nothing. */
type Pace = { readonly most: number; readonly atOnce: number; readonly pauseMs: number }

function paceOf({ lookUpsPerSecond, intervalMs }: PassDeps): Pace {
  const perSecond = lookUpsPerSecond * SHARE
  const atOnce = Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(perSecond)))
  const most = Math.max(atOnce, Math.ceil((perSecond * intervalMs) / 1_000))
  return { most, atOnce, pauseMs: (1_000 * atOnce) / perSecond }
}

/** In their order, until the exchange does not say any more. */
async function lookUpAll(
  deps: PassDeps,
  over: readonly KnownMovement[],
  { atOnce, pauseMs, now }: Pace & { readonly now: number },
): Promise<{ readonly findings: readonly Finding[]; readonly stoppedAt?: number }> {
  const findings: Finding[] = []
  for (let start = 0; start < over.length; start += atOnce) {
    const asked = over.slice(start, start + atOnce)
    const told = await Promise.all(asked.map((known) => lookUpOne(deps, known, now)))
    const untold = told.indexOf('untold')
    const sure = untold === -1 ? told : told.slice(0, untold)
    findings.push(...sure.filter((looked) => typeof looked === 'object'))
    deps.meters.compared.inc({ rail: deps.rail.rail, way: 'ours' }, sure.length)
    const goesOn = untold === -1 && (await deps.wait(pauseMs))
    const next = over[start + sure.length]
    if (!goesOn && next) return { findings, stoppedAt: momentOf(next) }
  }
  return { findings }
}

function lookUpOne(deps: PassDeps, known: KnownMovement, now: number): Promise<Looked> {
  return lookUp(deps, known, { name: known.order.reference, now })
}
