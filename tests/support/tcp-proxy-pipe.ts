import type { Socket } from 'node:net'

/** One direction of a connection. */
export type Pipe = {
  readonly write: (piece: Buffer) => void
  /** Looks again whether what waits may go on. */
  readonly pump: () => void
}

/** What is asked of each piece before it is passed. */
export type PipeRules = {
  readonly pass: (piece: Buffer) => void
  readonly isHeld: () => boolean
  readonly lateMs: () => number
}

const LONGEST_QUEUE = 64

/** Reads `from` in order, and hands each piece to `pass` when its time has come; the end is a piece of its own. */
export function createPipe(
  { from, to }: { readonly from: Socket; readonly to: Socket },
  { pass, isHeld, lateMs }: PipeRules,
): Pipe {
  const queue: { readonly piece: Buffer | undefined; readonly dueAt: number }[] = []
  let timer: NodeJS.Timeout | undefined

  function take(piece: Buffer | undefined): void {
    const late = lateMs()
    if (piece !== undefined && queue.length === 0 && late === 0 && !isHeld()) return pass(piece)
    queue.push({ piece, dueAt: performance.now() + late })
    if (queue.length > LONGEST_QUEUE) from.pause()
    pump()
  }
  function pump(): void {
    clearTimeout(timer)
    for (let head = queue[0]; head !== undefined && !isHeld(); head = queue[0]) {
      const earlyMs = head.dueAt - performance.now()
      if (earlyMs > 0) {
        timer = setTimeout(pump, earlyMs)
        return
      }
      queue.shift()
      if (head.piece !== undefined) pass(head.piece)
      else if (!to.destroyed) to.end()
    }
    if (queue.length === 0 && from.isPaused() && !to.writableNeedDrain) from.resume()
  }
  from.on('data', take)
  from.on('end', () => take(undefined))
  to.on('drain', () => from.resume())
  return {
    write: (piece) => {
      if (to.destroyed || to.writableEnded) return
      if (!to.write(piece)) from.pause()
    },
    pump,
  }
}
