import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { join } from 'node:path'

type LeashedServer = { readonly pid: number; readonly data: string }

type Leash = {
  /** The server has ended by itself: removes what it left. Resolves when it is gone. */
  readonly release: () => Promise<void>
}

/**
 * A shell that waits on a pipe from this process. The pipe closes when this process ends in whatever way, `kill -9`
 * included; the shell then stops the server and removes what it left. The server is down when its own note is gone:
 * its pid may stay for ever as a zombie where nobody collects orphans.
 */
const SCRIPT = `
server=$1; note=$2; shift 2
read -r word
if [ "$word" != ended ]; then
  kill -INT "$server"
  tries=100
  while [ -e "$note" ] && kill -0 "$server" && [ $tries -gt 0 ]; do
    sleep 0.1; tries=$((tries - 1))
  done
  [ $tries -gt 0 ] || kill -KILL "$server"
fi 2>/dev/null
rm -rf "$@"
`

export function leash(server: LeashedServer, leftovers: readonly string[]): Leash {
  const words = ['leash', String(server.pid), join(server.data, 'postmaster.pid'), ...leftovers]
  const shell = spawn('sh', ['-c', SCRIPT, ...words], {
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
    release: async () => {
      shell.ref()
      shell.stdin.end('ended\n')
      await ended
    },
  }
}
