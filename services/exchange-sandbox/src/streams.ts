import type { Server } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { BinanceStream } from './binance/stream.ts'
import type { BybitStream } from './bybit/stream.ts'
import type { Clock } from './clock.ts'

/** Binance pings each connection this often; a client that has not answered by the third ping is gone. */
const PING_MS = 20_000

/** Takes WebSocket connections off an HTTP server and hands them to the exchange that their path names. */
export function addStreams(
  server: Server,
  deps: { binance: BinanceStream; bybit: BybitStream; clock: Clock },
): { close(): void } {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 64 * 1_024 })
  const unanswered = new Map<WebSocket, number>()

  server.on('upgrade', (request, socket, head) => {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    const isBybit = url.pathname === '/v5/public/spot'
    const isBinance = url.pathname.startsWith('/ws') || url.pathname === '/stream'
    if (!isBybit && !isBinance) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      // A broken connection closes itself; the close handlers do the rest.
      accepted.on('error', () => undefined)
      if (isBybit) return deps.bybit.accept(accepted)
      unanswered.set(accepted, 0)
      accepted.on('pong', () => unanswered.set(accepted, 0))
      accepted.on('close', () => unanswered.delete(accepted))
      deps.binance.accept(accepted, url)
    })
  })
  const stopPinging = deps.clock.every(PING_MS, () => {
    for (const [socket, pings] of unanswered) {
      if (pings >= 3) socket.terminate()
      else socket.ping()
      unanswered.set(socket, pings + 1)
    }
  })
  return {
    close: () => {
      stopPinging()
      for (const socket of sockets.clients) socket.terminate()
    },
  }
}
