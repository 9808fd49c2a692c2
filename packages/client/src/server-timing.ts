import type { StageTiming } from './result.ts'

/** A run of anything but the separator, or of quoted text, in which separators do not count. */
const METRIC = /(?:"(?:[^"\\]|\\.)*"|[^",])+/g
const PARAMETER = /(?:"(?:[^"\\]|\\.)*"|[^";])+/g
const DURATION = /^dur\s*=\s*"?([0-9]+(?:\.[0-9]+)?)"?$/i

/**
 * Reads a `Server-Timing` field. What has no duration, or one that is not a plain decimal number, is left out: timings
 * are for people and measurements, and a wrong one must not spoil an answer.
 */
export function parseServerTiming(field: string | undefined): StageTiming[] {
  return (field?.match(METRIC) ?? []).flatMap((metric) => {
    const [name = '', ...parameters] = metric.match(PARAMETER) ?? []
    const duration = parameters.map((text) => DURATION.exec(text.trim())?.[1]).find(Boolean)
    return duration === undefined ? [] : [{ name: name.trim(), durationMs: Number(duration) }]
  })
}
