/** How much may be under way at once, found by watching how long things wait for us. */
export type Limit = {
  /** Messages that may be under way now. */
  readonly now: () => number
  /** Told at the end of each period of {@link PERIOD_MS}. */
  readonly adjust: (period: Period) => void
}

/** What was seen in one period. */
export type Period = {
  /** The longest delay over the longest that is right: above 1 things wait too long. */
  readonly pressure: number
  /** The most messages that were under way at once. */
  readonly peak: number
  /** Messages that had no answer inside their budget. */
  readonly late: number
}

/** Long enough for a batch or two to have been carried, short enough that a flood is met before it is deep. */
export const PERIOD_MS = 100

/** A burst out of nothing may be so large; more only as it turns out that we keep up. */
const FIRST = 256

/** Where messages come too late we do so little that a batch is too much: what is left fits into any budget. */
const LEAST = 16

/** Periods between two cuts: what a cut changes is seen one batch later. */
const CUT_EVERY = 2

/** Periods without a cut after which the last one says nothing about the present any more. */
const FORGOTTEN_AFTER = 20

/**
 * Cuts the limit by a tenth when things wait too long, raises it slowly while it is used up without that, and quickly
 * once the last cut is long ago. It is the waiting for ourselves that counts, not how long an answer takes: a slow
 * exchange keeps many messages under way and costs us nothing.
 *
 * `floor` is what one batch carries: below it every batch would only be smaller, and nothing be done sooner. Only where
 * messages come too late is the limit cut further, and by more.
 */
export function createLimit({
  floor,
  ceiling,
}: {
  readonly floor: number
  readonly ceiling: number
}): Limit {
  const first = Math.min(Math.max(FIRST, floor), ceiling)
  let limit = first
  let sinceCut = FORGOTTEN_AFTER

  function cutTo(share: number, { peak, least }: { peak: number; least: number }): void {
    if (sinceCut < CUT_EVERY) return
    const cut = Math.max(least, Math.floor(Math.min(limit, peak) * share))
    // What is below already stays there.
    limit = Math.min(limit, cut)
    sinceCut = 0
  }

  function relax(peak: number): void {
    const isForgotten = sinceCut > FORGOTTEN_AFTER
    if (peak >= limit * 0.9)
      limit = Math.min(ceiling, Math.ceil(limit * (isForgotten ? 1.5 : 1.03)) + 1)
    // What was allowed long ago, and is not used, is no measure of what we can do now.
    else if (isForgotten) limit = limit > first ? Math.max(first, peak * 2) : first
  }

  return {
    now: () => limit,
    adjust({ pressure, peak, late }) {
      sinceCut += 1
      if (late > 0) cutTo(0.7, { peak, least: LEAST })
      else if (pressure > 1) cutTo(0.9, { peak, least: floor })
      else relax(peak)
    },
  }
}
