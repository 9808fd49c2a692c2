import type { Exchange } from './coins.ts'

/** What came to one endpoint since the start. */
export type EndpointCalls = {
  readonly calls: number
  /** How many of them were refused because they came too fast. */
  readonly throttled: number
  /** The most that came within one second of the clock. */
  readonly busiestSecond: number
}

/** Counts every call, refused ones too. */
export type CallCounts = {
  /** `at` is milliseconds since the epoch. */
  came(exchange: Exchange, endpoint: string, at: number): void
  throttled(endpoint: string): void
  byExchange(): Readonly<Record<string, number>>
  /** By method and path, such as `GET /v5/market/time`. */
  byEndpoint(): Readonly<Record<string, EndpointCalls>>
}

export function createCallCounts(): CallCounts {
  const calls = new Map<string, number>()
  const endpoints = new Map<string, Counted>()
  return {
    came: (exchange, endpoint, at) => {
      calls.set(exchange, (calls.get(exchange) ?? 0) + 1)
      const second = Math.floor(at / 1_000)
      const before = endpoints.get(endpoint) ?? NOTHING
      const inSecond = before.second === second ? before.inSecond + 1 : 1
      const busiestSecond = Math.max(before.busiestSecond, inSecond)
      endpoints.set(endpoint, {
        ...before,
        calls: before.calls + 1,
        busiestSecond,
        second,
        inSecond,
      })
    },
    throttled: (endpoint) => {
      const counted = endpoints.get(endpoint) ?? NOTHING
      endpoints.set(endpoint, { ...counted, throttled: counted.throttled + 1 })
    },
    byExchange: () => Object.fromEntries(calls),
    byEndpoint: () =>
      Object.fromEntries(
        [...endpoints].map(([endpoint, { calls: count, throttled, busiestSecond }]) => [
          endpoint,
          { calls: count, throttled, busiestSecond },
        ]),
      ),
  }
}

type Counted = EndpointCalls & { readonly second: number; readonly inSecond: number }

const NOTHING: Counted = { calls: 0, throttled: 0, busiestSecond: 0, second: 0, inSecond: 0 }
