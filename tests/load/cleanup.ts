import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'

/** What was started and must be stopped again, last first. */
export type Cleanup = {
  /** Runs `step` at the end; at once when the end is already here, so that a start under way leaves nothing. */
  add(step: () => Promise<unknown>): void
  /** The same for a child process, which also ends when this process is killed. */
  addChild(child: ChildProcess): void
  /** Stops everything. Safe to call again. */
  run(): Promise<void>
}

const LAST_WARNING_MS = 8_000

/** A shell that outlives us by a moment: when our end of its pipe closes without a word, it ends our children. */
const LEASH = `
while read -r pid; do pids="$pids $pid"; done
[ -z "$pids" ] || kill -TERM $pids 2>/dev/null
rm -rf "$1"
`

/** `directory` is removed in the end, however that comes. */
export function createCleanup(directory: string): Cleanup {
  const steps: (() => Promise<unknown>)[] = []
  const leash = spawn('sh', ['-c', LEASH, 'leash', directory], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  let running: Promise<void> | undefined

  const add = (step: () => Promise<unknown>) => {
    if (running) running = chain(running, step)
    else steps.push(step)
  }
  return {
    add,
    addChild(child) {
      leash.stdin.write(`${child.pid}\n`)
      add(() => stopChild(child))
    },
    async run() {
      running ??= runAll(steps)
      await running
      // Its children are gone, and their numbers may be others' by now.
      leash.kill('SIGKILL')
      if (leash.exitCode === null && leash.signalCode === null) await once(leash, 'exit')
      await rm(directory, { recursive: true, force: true })
    },
  }
}

async function chain(before: Promise<void>, step: () => Promise<unknown>): Promise<void> {
  await before
  await step()
}

async function runAll(steps: (() => Promise<unknown>)[]): Promise<void> {
  for (const step of steps.splice(0).toReversed()) await step()
}

/** Asks a child to end, and makes it end if it does not. */
async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const patience = setTimeout(() => child.kill('SIGKILL'), LAST_WARNING_MS)
  await ended
  clearTimeout(patience)
}
