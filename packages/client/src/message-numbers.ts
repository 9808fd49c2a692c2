import { localDateTime } from '@tolem/domain/local-day'

/** What makes a message one of its kind, and when it was sent. */
export type MessageNumbers = {
  readonly systemTraceAuditNumber: string
  readonly retrievalReferenceNumber: string
  readonly localDateTime: string
  readonly transmittedAt: string
}

/** STANs go from 000001 to 999999. */
const DISTINCT_NUMBERS = 999_999

/**
 * Numbers messages as terminals do: the STAN (DE11) counts up from `firstNumber`, which should be random (0 to 999,998)
 * so that two runs in one second differ, and the RRN (DE37) is the usual YDDDHH of the local hour with the STAN behind
 * it. 999,999 messages in a row differ in their STAN, and so in their network key.
 */
export function createMessageNumbers(deps: {
  readonly now: () => number
  readonly firstNumber: number
}): () => MessageNumbers {
  let given = 0
  return () => {
    const number = 1 + ((deps.firstNumber + given) % DISTINCT_NUMBERS)
    given += 1
    const now = deps.now()
    const localTime = localDateTime(now)
    const systemTraceAuditNumber = String(number).padStart(6, '0')
    return {
      systemTraceAuditNumber,
      retrievalReferenceNumber: yearDayHour(localTime) + systemTraceAuditNumber,
      localDateTime: localTime,
      transmittedAt: new Date(now).toISOString(),
    }
  }
}

/** `632615`: the last digit of the year, the day of the year, the hour. */
function yearDayHour(localTime: string): string {
  const year = localTime.slice(0, 4)
  const midnight = Date.parse(`${localTime.slice(0, 10)}T00:00:00Z`)
  const day = (midnight - Date.parse(`${year}-01-01T00:00:00Z`)) / 86_400_000 + 1
  return year.slice(3) + String(day).padStart(3, '0') + localTime.slice(11, 13)
}
