import { setTimeout as sleep } from 'node:timers/promises'
import { ConfigMistake, readConfig } from '@tolem/config/read-config'
import { composeTerminal } from './compose.ts'
import { type TerminalConfig, terminalConfig } from './config.ts'
import { createPaint, type Shell } from './shell.ts'

// A reader that has seen enough (`| head`) is no failure, and does not change what the command came to.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit()
  throw error
})

const config = readOwnConfig()
process.exitCode = await composeTerminal(createShell(config), config).run(process.argv.slice(2))
// An interrupted load leaves calls behind that nobody waits for.
process.stdout.write('', () => process.exit())

function readOwnConfig(): TerminalConfig {
  try {
    return readConfig(terminalConfig, process.env)
  } catch (error) {
    if (!(error instanceof ConfigMistake)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

function createShell({ NO_COLOR }: TerminalConfig): Shell {
  const isInteractive = process.stdout.isTTY
  return {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
    isInteractive,
    paint: createPaint(isInteractive && NO_COLOR === undefined),
    now: Date.now,
    monotonicNow: () => performance.now(),
    random: Math.random,
    // An aborted sleep rejects; whoever sleeps looks at the signal itself.
    wait: (milliseconds, signal) => sleep(milliseconds, undefined, { signal }).catch(() => {}),
    catchInterruption,
  }
}

/** `once`: a second Ctrl-C ends the process as usual. */
function catchInterruption(): AbortSignal {
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort())
  process.once('SIGTERM', () => controller.abort())
  return controller.signal
}
