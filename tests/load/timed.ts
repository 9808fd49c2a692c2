import { build, type Histogram } from 'hdr-histogram-js'

/** How long things took, in milliseconds. */
export type Timed = {
  readonly count: number
  readonly p50: number
  readonly p99: number
  readonly longest: number
}

/** For microseconds up to a minute. A step is at most a thousandth of its value: exact enough to compare runs. */
export function createHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 60_000_000,
    numberOfSignificantValueDigits: 3,
  })
}

/** What a histogram of microseconds says. A percentile is the top of its step, which may lie above the longest. */
export function toTimed(histogram: Histogram): Timed {
  const longest = histogram.maxValue / 1_000
  const percentile = (share: number) =>
    Math.min(histogram.getValueAtPercentile(share) / 1_000, longest)
  return { count: histogram.totalCount, p50: percentile(50), p99: percentile(99), longest }
}
