import { connect, type Socket } from 'node:net'

/** Connections of those who take their time, or mean no good. */
export type SlowSockets = {
  /** How many of them the server has taken. */
  readonly taken: () => number
  /** How many of them it still keeps. */
  readonly open: () => number
  readonly close: () => void
}

/** How one of them is slow. Gives how to stop. */
type Slowness = (socket: Socket) => () => void

const DRIP_EVERY_MS = 500
const HEAD = 'POST /v1/authorizations HTTP/1.1\r\nhost: bank\r\ncontent-type: application/json\r\n'

const nothing = (): void => undefined

/** Not a word, though it hears. */
const mute: Slowness = (socket) => {
  socket.resume()
  return nothing
}

function dripping(text: string): Slowness {
  return (socket) => {
    let at = 0
    const timer = setInterval(() => {
      socket.write(text[at % text.length] ?? '')
      at += 1
    }, DRIP_EVERY_MS)
    return () => clearInterval(timer)
  }
}

/** As many questions as fit, and not one answer read. */
const deaf: Slowness = (socket) => {
  socket.pause()
  const question = Buffer.from('GET /readyz HTTP/1.1\r\nhost: bank\r\n\r\n'.repeat(100))
  const ask = () => {
    while (socket.writable && socket.write(question));
  }
  socket.on('drain', ask)
  ask()
  return () => socket.off('drain', ask)
}

/** By the way in which they are slow; the last number is how many of a thousand are so. */
const WAYS: readonly (readonly [Slowness, number])[] = [
  [mute, 337],
  [dripping(`${HEAD}x-long: ${'a'.repeat(10_000)}`), 330],
  [
    (socket) => {
      socket.write(`${HEAD}content-length: 10000\r\n\r\n`)
      return dripping(' ')(socket)
    },
    330,
  ],
  [deaf, 3],
]

/** Opens a thousand of them to the server at `url`. */
export function openSlowSockets(url: string): SlowSockets {
  const { hostname, port } = new URL(url)
  const stops: (() => void)[] = []
  const sockets = WAYS.flatMap(([slowness, count]) =>
    Array.from({ length: count }, () => {
      const socket = connect({ host: hostname, port: Number(port) })
      socket.once('connect', () => stops.push(slowness(socket)))
      // The server is free to end it in any way.
      socket.on('error', nothing)
      return socket
    }),
  )
  return {
    taken: () => stops.length,
    open: () => sockets.filter(({ readyState }) => readyState === 'open').length,
    close: () => {
      for (const stop of stops) stop()
      for (const socket of sockets) socket.destroy()
    },
  }
}
