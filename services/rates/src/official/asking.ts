import { type Outcome, refuse } from '@tolem/domain/outcome'
import type { Rate } from '@tolem/money/rate'
import { request } from 'undici'
import { feedDate, type ReadingRefusal, readOfficialRate } from './reading.ts'

/** Why there is no answer to be read: no HTTP 200 (a redirect is none), too large, too late, no connection. */
export type AskingRefusal = ReadingRefusal | 'http_status' | 'too_large' | 'unreachable'

/** Longer than any day's table would take, shorter than anybody waits for. */
const CALL_MS = 10_000

/** A table of all 39 currencies is some 15 kB. */
const LARGEST_BYTES = 262_144

/** Asks the National Bank for the dollar of one day (`YYYY-MM-DD`). A redirect is not followed: that is no answer. */
export async function askOfficialRate(
  url: string,
  day: string,
): Promise<Outcome<Rate, AskingRefusal>> {
  const address = new URL(url)
  address.searchParams.set('fdate', feedDate(day))
  try {
    const { statusCode, body } = await request(address, {
      headersTimeout: CALL_MS,
      bodyTimeout: CALL_MS,
      signal: AbortSignal.timeout(CALL_MS),
    })
    if (statusCode !== 200) {
      await body.dump({ limit: LARGEST_BYTES })
      return refuse('http_status')
    }
    const text = await readBounded(body)
    return text === undefined ? refuse('too_large') : readOfficialRate(text, day)
  } catch {
    // No connection, or none in time: the last good rate stands, and its age says how long that may go on.
    return refuse('unreachable')
  }
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string | undefined> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of body) {
    bytes += part.length
    if (bytes > LARGEST_BYTES) return undefined
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}
