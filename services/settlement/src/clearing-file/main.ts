import { ConfigMistake, readConfig } from '@tolem/config/read-config'
import { armCrashPoint } from '@tolem/crash-points'
import { createPostgres } from '@tolem/postgres/pool'
import { ProgrammeMistake, readProgramme } from '@tolem/programme'
import { settlementConfig } from '../config.ts'
import { asksForHelp, EXIT, USAGE } from './arguments.ts'
import { runClearingFile } from './compose.ts'
import { peakMebibytes } from './peak-memory.ts'

const clearingFileConfig = settlementConfig.pick({
  DATABASE_URL: true,
  PROGRAMME_FILE: true,
  NODE_ENV: true,
  CRASH_AT: true,
})

// A reader that has seen enough (`| head`) must not end the loading half-way.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

async function run(given: readonly string[]): Promise<number> {
  const config = readConfig(clearingFileConfig, process.env)
  if (config.CRASH_AT) armCrashPoint(config.CRASH_AT, config.NODE_ENV === 'production')
  const programme = readProgramme(config.PROGRAMME_FILE)
  const postgres = createPostgres({
    url: config.DATABASE_URL,
    poolSize: 2,
    acquireTimeoutMs: 5_000,
    // A batch locks what a purchase may wait for: no longer than a reversal would.
    statementTimeoutMs: 30_000,
    lockTimeoutMs: 10_000,
    applicationName: 'clearing-file',
    onFault: (error) => process.stderr.write(`${error.message}\n`),
  })
  let isStopped = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      isStopped = true
    })
  const code = await runClearingFile(
    {
      programme,
      postgres,
      out: {
        write: (text) => process.stdout.write(text),
        isTerminal: process.stdout.isTTY,
      },
      error: (text) => process.stderr.write(text),
      now: Date.now,
      elapsed: () => performance.now(),
      isStopped: () => isStopped,
    },
    given,
  )
  await postgres.close()
  process.stdout.write(`peak memory ${peakMebibytes()} MiB\n`)
  return code
}

try {
  const given = process.argv.slice(2)
  // Whoever asks how to call it need not have set anything yet.
  if (asksForHelp(given)) process.stdout.write(USAGE)
  else process.exitCode = await run(given)
} catch (error) {
  if (!(error instanceof ConfigMistake) && !(error instanceof ProgrammeMistake)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = EXIT.usage
}
