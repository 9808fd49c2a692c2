import type { ExchangeId } from '@tolem/domain/ids'
import { CRYPTO_ASSETS, type CryptoAsset } from '@tolem/money/asset'
import type { Bus } from '@tolem/redis/bus'
import { type PublishedRate, publishedRate, RATES_CHANNEL, rateKey } from './published-rate.ts'

/** What went wrong in a mirror. Neither kind stops it: every rate is published anew each second. */
export type MirrorFault = {
  readonly kind: 'malformed_rate' | 'bus_unavailable'
  readonly detail: string
}

/** The published rates in this process's memory. How old they may be is for the reader to judge. */
export type RateMirror = {
  /** Begins to listen and loads what is there. Resolves after the first try; a bus that is away is tried for ever. */
  start(): Promise<void>
  latest(exchange: ExchangeId, asset: CryptoAsset): PublishedRate | undefined
  all(): readonly PublishedRate[]
  /** Is it listening to a bus that is there? Says nothing about any rate. */
  isLive(): boolean
  close(): Promise<void>
}

/** A rate with a dozen sources is under 2 kB. */
const LARGEST_MESSAGE = 16_384

const RETRY_MS = 1_000

type Mirror = {
  readonly deps: MirrorDependencies
  readonly rates: Map<string, PublishedRate>
  subscription: { close(): Promise<void> } | undefined
  retry: NodeJS.Timeout | undefined
  isClosed: boolean
}

type MirrorDependencies = {
  readonly bus: Pick<Bus, 'subscribe' | 'get' | 'isConnected'>
  /** The programme's exchanges. Rates of any other are refused, which bounds the mirror's memory. */
  readonly exchanges: readonly ExchangeId[]
  readonly onFault: (fault: MirrorFault) => void
}

/** A mirror of what `rates` publishes for these exchanges. */
export function createRateMirror(deps: MirrorDependencies): RateMirror {
  const mirror: Mirror = {
    deps,
    rates: new Map(),
    subscription: undefined,
    retry: undefined,
    isClosed: false,
  }
  return {
    start: () => listen(mirror),
    latest: (exchange, asset) => mirror.rates.get(rateKey(exchange, asset)),
    all: () => [...mirror.rates.values()],
    isLive: () => mirror.subscription !== undefined && deps.bus.isConnected(),
    close: async () => {
      mirror.isClosed = true
      clearTimeout(mirror.retry)
      await mirror.subscription?.close()
      mirror.subscription = undefined
    },
  }
}

async function listen(mirror: Mirror): Promise<void> {
  try {
    const subscription = await mirror.deps.bus.subscribe(
      RATES_CHANNEL,
      (message) => take(mirror, message, 'heard'),
      () => void load(mirror),
    )
    if (mirror.isClosed) return await subscription.close()
    mirror.subscription = subscription
  } catch (error) {
    // Without a bus every rate grows old and is refused by its age; the mirror itself only has to try again.
    mirror.deps.onFault({ kind: 'bus_unavailable', detail: String(error) })
    if (!mirror.isClosed) mirror.retry = setTimeout(() => void listen(mirror), RETRY_MS)
    return
  }
  await load(mirror)
}

/** Reads the latest of every key, after the subscription stands: what is published meanwhile comes by itself. */
async function load(mirror: Mirror): Promise<void> {
  const { bus, exchanges, onFault } = mirror.deps
  const keys = exchanges.flatMap((exchange) =>
    CRYPTO_ASSETS.map((asset) => rateKey(exchange, asset)),
  )
  try {
    const messages = await Promise.all(keys.map((key) => bus.get(key)))
    for (const message of messages) if (message !== undefined) take(mirror, message, 'loaded')
  } catch (error) {
    // Whatever could not be loaded is published again within a second.
    onFault({ kind: 'bus_unavailable', detail: String(error) })
  }
}

/**
 * Keeps what is well formed and not older than what is held. Of two of the same age the one heard later counts; one
 * that was loaded may have been overtaken on its way, so it counts only when it is the refusal.
 */
function take(mirror: Mirror, message: string, how: 'heard' | 'loaded'): void {
  const rate = readRate(message)
  const isOurs = mirror.deps.exchanges.some((exchange) => exchange === rate?.exchange)
  if (rate === undefined || !isOurs) {
    mirror.deps.onFault({ kind: 'malformed_rate', detail: message.slice(0, 200) })
    return
  }
  const key = rateKey(rate.exchange, rate.asset)
  const newerByMs = rate.observedAt - (mirror.rates.get(key)?.observedAt ?? -Infinity)
  const winsTie = how === 'heard' || rate.state === 'unsafe'
  if (newerByMs > 0 || (newerByMs === 0 && winsTie)) mirror.rates.set(key, rate)
}

function readRate(message: string): PublishedRate | undefined {
  if (message.length > LARGEST_MESSAGE) return undefined
  try {
    return publishedRate.safeParse(JSON.parse(message)).data
  } catch {
    // Not JSON: malformed like any other text that is no rate, and told as such by the caller.
    return undefined
  }
}
