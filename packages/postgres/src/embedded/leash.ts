import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'

/** What is stopped and removed when this process ends, however it ends. */
export type Leash = {
  /** The process to stop when ours ends, in place of the one before. */
  readonly hold: (pid: number) => void
  /** The held process has ended: its number may soon be somebody else's. */
  readonly letGo: () => void
  /** A path to remove in the end. */
  readonly remove: (path: string) => void
  /** Removes what is to be removed, now; nothing is held any more. Resolves when it is gone. */
  readonly end: () => Promise<void>
}

/**
 * A shell that reads a pipe from this process. The pipe closes when this process ends in whatever way, `kill -9`
 * included; the shell then stops what is held and removes what is left. A zombie counts as stopped: where nobody
 * collects orphans it stays for ever.
 */
const SCRIPT = `
runs() { kill -0 "$1" && ! grep -q '^State:.*Z' "/proc/$1/status"; }
held=
while read -r word rest; do
  case $word in
    hold) held=$rest ;;
    letgo) held= ;;
    remove) set -- "$@" "$rest" ;;
  esac
done
if [ -n "$held" ]; then
  kill -INT "$held"
  tries=100
  while runs "$held" && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
  [ $tries -gt 0 ] || kill -KILL "$held"
fi
rm -rf "$@" || { sleep 1; rm -rf "$@"; }
`

/**
 * Starts the shell, in a session of its own so that Ctrl-C does not reach it. It does not keep this process running.
 * Needs a POSIX `sh`.
 */
export function tieLeash(): Leash {
  const shell = spawn('sh', ['-c', SCRIPT], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const ended = once(shell, 'exit')
  shell.stdin.on('error', () => {
    // The shell is gone, and with it the only reader; nothing to tell it any more.
  })
  shell.unref()
  ;(shell.stdin as Socket).unref()
  return {
    hold: (pid) => void shell.stdin.write(`hold ${pid}\n`),
    letGo: () => void shell.stdin.write('letgo\n'),
    remove: (path) => void shell.stdin.write(`remove ${path}\n`),
    end: async () => {
      shell.ref()
      shell.stdin.end('letgo\n')
      await ended
    },
  }
}
