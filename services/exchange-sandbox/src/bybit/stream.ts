import type { WebSocket } from 'ws'
import type { Clock } from '../clock.ts'
import { messageText } from '../message-text.ts'
import type { Market, Top } from '../prices/market.ts'
import { type Fields, readBody } from './gate.ts'
import { sequenceOf } from './market.ts'

/** A level-1 book without change is pushed again after this time, with the same `u`. */
const REPUSH_MS = 3_000

/** How often to look for books that are due: finer than the interval by enough that it stays close to three seconds. */
const LOOK_MS = 200

/** Spot takes at most ten topics in one subscription. */
const TOPICS_MAX = 10

type Client = { readonly socket: WebSocket; readonly pushedAt: Map<string, number> }

/** Bybit's public spot stream: `orderbook.1.SYMBOL`, snapshots only. */
export type BybitStream = { accept(socket: WebSocket): void; close(): void }

export function createBybitStream(deps: {
  market: Market
  clock: Clock
  isFrozen: () => boolean
}): BybitStream {
  const { market, clock, isFrozen } = deps
  const clients = new Set<Client>()
  const push = (client: Client, top: Top) => {
    if (isFrozen()) return
    client.pushedAt.set(topicOf(top), clock.now())
    client.socket.send(JSON.stringify(describe(top, clock.now())))
  }

  market.onChange((exchange, top) => {
    if (exchange !== 'bybit') return
    for (const client of clients) if (client.pushedAt.has(topicOf(top))) push(client, top)
  })
  const stopLooking = clock.every(LOOK_MS, () => {
    for (const client of clients) {
      for (const top of market.tops('bybit')) {
        const pushedAt = client.pushedAt.get(topicOf(top))
        if (pushedAt !== undefined && clock.now() - pushedAt >= REPUSH_MS) push(client, top)
      }
    }
  })
  const subscribe = (client: Client, topics: readonly string[]) => {
    for (const top of market.tops('bybit').filter((each) => topics.includes(topicOf(each)))) {
      client.pushedAt.set(topicOf(top), 0)
      push(client, top)
    }
  }
  const handle = (client: Client, message: Fields) => {
    const topics = readTopics(message['args'])
    const refusal = message['op'] === 'subscribe' ? refuse(topics, market) : undefined
    client.socket.send(JSON.stringify(reply(message, refusal)))
    if (refusal !== undefined) return
    if (message['op'] === 'subscribe') subscribe(client, topics)
    if (message['op'] === 'unsubscribe') for (const topic of topics) client.pushedAt.delete(topic)
  }

  return {
    accept: (socket) => {
      const client: Client = { socket, pushedAt: new Map() }
      clients.add(client)
      socket.on('close', () => clients.delete(client))
      socket.on('message', (bytes) => handle(client, readBody(messageText(bytes)) ?? {}))
    },
    close: stopLooking,
  }
}

function reply(message: Fields, refusal: string | undefined) {
  const isPing = message['op'] === 'ping'
  return {
    success: refusal === undefined,
    ret_msg: refusal ?? (isPing ? 'pong' : ''),
    conn_id: 'sandbox',
    req_id: message['req_id'] ?? '',
    op: message['op'],
  }
}

function refuse(topics: readonly string[], market: Market): string | undefined {
  if (topics.length === 0 || topics.length > TOPICS_MAX) return 'args size must be 1 to 10'
  const known = new Set(market.tops('bybit').map(topicOf))
  const unknown = topics.find((topic) => !known.has(topic))
  return unknown === undefined ? undefined : `Invalid topic: ${unknown}`
}

function readTopics(args: unknown): readonly string[] {
  return Array.isArray(args) ? args.map(String) : []
}

function topicOf(top: Top): string {
  return `orderbook.1.${top.symbol.symbol}`
}

function describe(top: Top, time: number) {
  return {
    topic: topicOf(top),
    ts: time,
    type: 'snapshot',
    data: {
      s: top.symbol.symbol,
      b: [[top.bid, top.bidSize]],
      a: [[top.ask, top.askSize]],
      u: top.update,
      seq: sequenceOf(top),
    },
    cts: top.changedAt,
  }
}
