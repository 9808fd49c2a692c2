/**
 * Dates in ISO 8583 (1987) have no year. It is recovered in two steps, each towards what is nearest: DE7 lies in the
 * year that brings it closest to the instant of receipt, and DE13 in the year that brings it closest to DE7. So a
 * purchase of 31 December whose message is sent on 1 January, or that the terminal's zone still calls last year, keeps
 * its year. It holds while neither is more than 180 days from what it is compared with.
 */
type Moment = {
  readonly month: string
  readonly day: string
  /** `hh:mm:ss`. */
  readonly time: string
}

/** The most years between two 29 Februaries: 1896 and 1904 had none between them. */
const LEAP_GAP = 8

/** `YYYY-MM-DDThh:mm:ss` in the year nearest to `near` (epoch milliseconds); nothing where there is no such date. */
function inNearestYear({ month, day, time }: Moment, near: number): string | undefined {
  const year = new Date(near).getUTCFullYear()
  let best: { readonly text: string; readonly distance: number } | undefined
  for (let candidate = year - LEAP_GAP; candidate <= year + LEAP_GAP; candidate += 1) {
    const text = `${String(candidate).padStart(4, '0')}-${month}-${day}T${time}`
    const instant = toInstant(text)
    if (instant === undefined) continue
    const distance = Math.abs(instant - near)
    if (!best || distance < best.distance) best = { text, distance }
  }
  return best?.text
}

/** Epoch milliseconds of a date and time read as UTC; nothing where the calendar does not have it. */
function toInstant(text: string): number | undefined {
  const instant = Date.parse(`${text}Z`)
  // JavaScript takes 29 February of any year for a date, and means 1 March.
  const exists = !Number.isNaN(instant) && new Date(instant).toISOString().startsWith(text)
  return exists ? instant : undefined
}

const toTime = (digits: string): string =>
  [digits.slice(0, 2), digits.slice(2, 4), digits.slice(4, 6)].join(':')

/** DE7, `MMDDhhmmss` in UTC, of an RFC 3339 instant. Fractions of a second and the offset are not carried. */
export function toTransmission(transmittedAt: string): string {
  return new Date(transmittedAt).toISOString().replaceAll(/\D/g, '').slice(-13, -3)
}

/** The RFC 3339 instant of DE7, in the year nearest to `receivedAt` (epoch milliseconds). */
export function fromTransmission(element: string, receivedAt: number): string | undefined {
  const moment = {
    month: element.slice(0, 2),
    day: element.slice(2, 4),
    time: toTime(element.slice(4)),
  }
  const text = inNearestYear(moment, receivedAt)
  return text && `${text}Z`
}

/** DE13 (`MMDD`) and DE12 (`hhmmss`) of a local date and time. */
export function toLocal(localDateTime: string): { readonly date: string; readonly time: string } {
  const digits = localDateTime.replaceAll(/\D/g, '')
  return { date: digits.slice(4, 8), time: digits.slice(8) }
}

/** The local date and time in the year nearest to the transmission, an RFC 3339 instant. */
export function fromLocal(date: string, time: string, transmittedAt: string): string | undefined {
  const moment = { month: date.slice(0, 2), day: date.slice(2, 4), time: toTime(time) }
  return inNearestYear(moment, Date.parse(transmittedAt))
}
