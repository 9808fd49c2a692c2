import type { WebSocket } from 'ws'
import { messageText } from '../message-text.ts'
import type { Market, Top } from '../prices/market.ts'
import { eightDecimals } from './market.ts'

type Client = { readonly socket: WebSocket; readonly streams: Set<string>; isCombined: boolean }

/** Binance's public streams: `<symbol>@bookTicker` alone or combined. Pushed on every change, nothing at first. */
export type BinanceStream = {
  /** Takes a connection whose URL names its streams. */
  accept(socket: WebSocket, url: URL): void
}

export function createBinanceStream(market: Market): BinanceStream {
  const clients = new Set<Client>()
  market.onChange((exchange, top) => {
    if (exchange !== 'binance' || clients.size === 0) return
    const stream = `${top.symbol.symbol.toLowerCase()}@bookTicker`
    const data = JSON.stringify(describe(top))
    const combined = `{"stream":"${stream}","data":${data}}`
    for (const client of clients) {
      if (client.streams.has(stream)) client.socket.send(client.isCombined ? combined : data)
    }
  })
  return {
    accept: (socket, url) => {
      const isCombined = url.pathname === '/stream'
      const named = isCombined ? (url.searchParams.get('streams') ?? '') : url.pathname.slice(4)
      const streams = new Set(named.split('/').filter((name) => name !== ''))
      const client = { socket, streams, isCombined }
      clients.add(client)
      socket.on('close', () => clients.delete(client))
      socket.on('message', (bytes) => handle(client, messageText(bytes)))
    },
  }
}

/** SUBSCRIBE and UNSUBSCRIBE over the open connection; anything else is an error, as Binance says it. */
function handle(client: Client, text: string): void {
  const message = readMessage(text)
  if (message === undefined) {
    client.socket.send('{"error":{"code":3,"msg":"Invalid JSON"}}')
    return
  }
  for (const stream of message.params) {
    if (message.method === 'SUBSCRIBE') client.streams.add(stream)
    if (message.method === 'UNSUBSCRIBE') client.streams.delete(stream)
  }
  client.socket.send(JSON.stringify({ result: null, id: message.id }))
}

function readMessage(
  text: string,
): { method: string; params: readonly string[]; id: unknown } | undefined {
  try {
    const { method, params, id } = JSON.parse(text)
    const isUnderstood = method === 'SUBSCRIBE' || method === 'UNSUBSCRIBE'
    return isUnderstood && Array.isArray(params)
      ? { method, params: params.map(String), id }
      : undefined
  } catch {
    // What is no JSON gets an error message from the caller.
    return undefined
  }
}

function describe(top: Top) {
  return {
    u: top.update,
    s: top.symbol.symbol,
    b: eightDecimals(top.bid),
    B: eightDecimals(top.bidSize),
    a: eightDecimals(top.ask),
    A: eightDecimals(top.askSize),
  }
}
