import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pilotAtSandbox } from '../setup/sandbox-programme.ts'
import { findFreePort } from '../setup/service.ts'

/** The breaker of an exchange that is called on, whatever it does: no run of tests makes so many calls in a second. */
export const NEVER_OPENS = {
  windowMs: 1_000,
  calls: 1_000_000,
  troubleShare: 1,
  pauseMs: 1_000,
  longestPauseMs: 1_000,
}

const WIDE = { concurrentCalls: 256, debitsPerSecond: 500, lookUpsPerSecond: 500 }

/**
 * Writes a programme that goes on calling an exchange whatever it does, so that fault after fault may be laid and each
 * is met. Gives what `npm start` must be told.
 */
export async function patientProgramme(home: string): Promise<Readonly<Record<string, string>>> {
  const port = await findFreePort()
  const pilot = await pilotAtSandbox(`http://127.0.0.1:${port}`)
  const exchanges = pilot.exchanges.map((exchange) => ({
    ...exchange,
    breaker: NEVER_OPENS,
    limits: WIDE,
    rails: exchange.rails.map((rail) => ({ ...rail, limits: WIDE })),
  }))
  const file = join(home, 'patient-programme.json')
  await writeFile(file, JSON.stringify({ ...pilot, name: 'patient', exchanges }))
  return { PROGRAMME_FILE: file, SANDBOX_PORT: String(port) }
}
