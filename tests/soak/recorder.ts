import { createWriteStream } from 'node:fs'
import type { Ended, Frozen, Invoked, Struck } from '../checker/history.ts'

/** Writes a bank's history as it happens, one line after the other. */
export type Recorder = {
  /** A call begins: gives its op. */
  readonly invoke: (call: Omit<Invoked, 'type' | 'op' | 'at'>) => number
  readonly end: (ended: Omit<Ended, 'at'>) => void
  readonly froze: (frozen: Omit<Frozen, 'type'>) => void
  readonly struck: (fault: Omit<Struck, 'type'>) => void
  readonly close: () => Promise<void>
}

/** Appends to `file`. */
export function createRecorder(file: string): Recorder {
  const stream = createWriteStream(file, { flags: 'a' })
  let given = 0
  const write = (line: object) => stream.write(`${JSON.stringify(line)}\n`)
  return {
    invoke: (call) => {
      given += 1
      write({ type: 'invoke', op: given, at: Date.now(), ...call })
      return given
    },
    end: (ended) => write({ at: Date.now(), ...ended }),
    froze: (frozen) => write({ type: 'frozen', ...frozen }),
    struck: (fault) => write({ type: 'fault', ...fault }),
    close: () => new Promise((resolve) => stream.end(resolve)),
  }
}
