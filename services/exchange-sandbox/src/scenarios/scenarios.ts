import type { Exchange } from '../coins.ts'
import type { Fault, Faults } from '../faults.ts'
import type { Market, Pin } from '../prices/market.ts'

/** What goes wrong at one exchange, under a name: some faults, and some books that make no sense. */
export type Scenario = {
  readonly name: string
  readonly description: string
  faults(exchange: Exchange): readonly Fault[]
  /** Books to pin, from what they show now. */
  pins(market: Market, exchange: Exchange): readonly (readonly [symbol: string, pin: Pin])[]
}

const MOVES = ['debit', 'credit'] as const
const NO_FAULTS = () => []
const NO_PINS = () => []

type Sort = Partial<Fault> & Pick<Fault, 'operation' | 'kind'>

const laid =
  (...sorts: readonly Sort[]) =>
  (exchange: Exchange): readonly Fault[] =>
    sorts.map((sort) => ({ exchange, delayMs: 0, probability: 1, executes: true, ...sort }))

const movements = (sort: Omit<Sort, 'operation'>) =>
  MOVES.map((operation): Sort => ({ ...sort, operation }))

/** The same book, its prices multiplied. */
const scaled =
  (symbols: readonly string[], factor: number) => (market: Market, exchange: Exchange) =>
    symbols.flatMap((symbol) => {
      const top = market.top(exchange, symbol)
      if (top === undefined) return []
      const price = (text: string) => (Number(text) * factor).toFixed(8)
      return [[symbol, { bid: price(top.bid), ask: price(top.ask) }] as const]
    })

const COINS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT', 'TONUSDT']

/** Every scenario, by what a person would call it. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: 'silent',
    description: 'Nothing that moves money is answered; half of it is executed all the same.',
    faults: laid(
      ...movements({ kind: 'timeout_after', probability: 0.5 }),
      ...movements({ kind: 'timeout_before' }),
    ),
    pins: NO_PINS,
  },
  {
    name: 'flaky',
    description: 'A tenth of all movements is not answered, half of that executed.',
    faults: laid(
      ...movements({ kind: 'timeout_after', probability: 0.05 }),
      ...movements({ kind: 'timeout_before', probability: 0.0526 }),
    ),
    pins: NO_PINS,
  },
  {
    name: 'slow',
    description: 'Every movement takes 700 ms.',
    faults: laid(...movements({ kind: 'delay', delayMs: 700 })),
    pins: NO_PINS,
  },
  {
    name: 'broken',
    description: 'HTTP 503 to everything that moves money, half of it executed.',
    faults: laid(
      ...movements({ kind: 'error_5xx_after', probability: 0.5 }),
      ...movements({ kind: 'error_5xx_before' }),
    ),
    pins: NO_PINS,
  },
  {
    name: 'undecided',
    description: 'Movements are in progress for five seconds; one in five then fails.',
    faults: laid(
      ...movements({ kind: 'pending_then_failed', probability: 0.2, delayMs: 5_000 }),
      ...movements({ kind: 'pending', delayMs: 5_000 }),
    ),
    pins: NO_PINS,
  },
  {
    name: 'blind',
    description: 'The history does not show a movement until five seconds after it.',
    faults: laid({ operation: 'look_up', kind: 'not_found_yet', delayMs: 5_000 }),
    pins: NO_PINS,
  },
  {
    name: 'banned',
    description: 'The next debit gets us banned for thirty seconds.',
    faults: laid({ operation: 'debit', kind: 'ban', delayMs: 30_000, times: 1 }),
    pins: NO_PINS,
  },
  {
    name: 'throttled',
    description: 'Every second call is one too many.',
    faults: laid(...movements({ kind: 'too_many_requests', probability: 0.5, delayMs: 1_000 }), {
      operation: 'look_up',
      kind: 'too_many_requests',
      probability: 0.5,
      delayMs: 1_000,
    }),
    pins: NO_PINS,
  },
  {
    name: 'clock_ahead',
    description: 'The clock of the exchange is ten seconds ahead of ours.',
    faults: laid({ operation: 'debit', kind: 'clock_drift', delayMs: 10_000 }),
    pins: NO_PINS,
  },
  {
    name: 'deaf',
    description: 'No notice is ever sent.',
    faults: laid({ operation: 'notice', kind: 'no_notice' }),
    pins: NO_PINS,
  },
  {
    name: 'stalled_prices',
    description: 'Prices stand still, and the streams say nothing.',
    faults: laid({ operation: 'prices', kind: 'frozen_prices' }),
    pins: NO_PINS,
  },
  {
    name: 'spiked_prices',
    description: 'Coins cost a tenth more from one moment to the next.',
    faults: NO_FAULTS,
    pins: scaled(COINS, 1.1),
  },
  {
    name: 'wrong_scale',
    description: 'The tenge market counts in tiyn.',
    faults: NO_FAULTS,
    pins: scaled(['USDTKZT'], 100),
  },
  {
    name: 'inverted_prices',
    description: 'The tenge market tells dollars for a tenge.',
    faults: NO_FAULTS,
    pins: (market, exchange) => {
      const top = market.top(exchange, 'USDTKZT')
      if (top === undefined) return []
      const invert = (text: string) => (1 / Number(text)).toFixed(8)
      return [['USDTKZT', { bid: invert(top.ask), ask: invert(top.bid) }]]
    },
  },
  {
    name: 'crossed_prices',
    description: 'Every bid is above its ask.',
    faults: NO_FAULTS,
    pins: (market, exchange) =>
      market.tops(exchange).map(({ symbol, bid, ask }) => [symbol.symbol, { bid: ask, ask: bid }]),
  },
  {
    name: 'usdc_off_peg',
    description: 'USDC trades at 0.93 of a dollar.',
    faults: NO_FAULTS,
    pins: scaled(['USDCUSDT'], 0.93),
  },
  {
    name: 'usdt_off_peg',
    description: 'USDT loses a tenth against the tenge and against USDC.',
    faults: NO_FAULTS,
    pins: (market, exchange) => [
      ...scaled(['USDTKZT'], 0.9)(market, exchange),
      ...scaled(['USDCUSDT'], 1.111)(market, exchange),
    ],
  },
]

/** Plays a scenario at an exchange, besides whatever is laid there already. */
export function play(
  scenario: Scenario,
  exchange: Exchange,
  { faults, market }: { readonly faults: Faults; readonly market: Market },
): void {
  for (const fault of scenario.faults(exchange)) faults.put(fault)
  for (const [symbol, pin] of scenario.pins(market, exchange)) market.pin(exchange, symbol, pin)
}

/** Ends all that scenarios and people laid at an exchange: its faults are lifted, its books walk again. */
export function calm(
  exchange: Exchange,
  { faults, market }: { readonly faults: Faults; readonly market: Market },
): void {
  faults.lift((fault) => fault.exchange === exchange)
  for (const { symbol } of market.tops(exchange)) market.unpin(exchange, symbol.symbol)
}
