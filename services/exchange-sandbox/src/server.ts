import { type FastifyInstance, fastify } from 'fastify'
import { binanceFailures } from './binance/answers.ts'
import { addBinance } from './binance/binance.ts'
import { binancePayFailures } from './binance-pay/answers.ts'
import { addBinancePay } from './binance-pay/binance-pay.ts'
import { createPayDesk } from './binance-pay/desk.ts'
import type { Book } from './book.ts'
import { bybitFailures } from './bybit/answers.ts'
import { addBybit } from './bybit/bybit.ts'
import type { Cabinet } from './cabinet.ts'
import { createExposure } from './call.ts'
import { createCallCounts } from './call-counts.ts'
import type { Clock } from './clock.ts'
import type { Exchange } from './coins.ts'
import type { SandboxConfig } from './config.ts'
import { addControl } from './control/control.ts'
import type { Credentials } from './credentials.ts'
import type { Fault, Faults } from './faults.ts'
import type { OfficialDays } from './national-bank/days.ts'
import { addNationalBank } from './national-bank/feed.ts'
import type { Courier } from './notices/courier.ts'
import type { SigningKeys } from './notices/signing-keys.ts'
import { createAccounts } from './partner/accounts.ts'
import { partnerFailures } from './partner/answers.ts'
import { addPartner } from './partner/partner.ts'
import type { Market } from './prices/market.ts'
import { SYMBOLS } from './prices/symbols.ts'
import { createTapePlayer } from './prices/tape.ts'

/** What the National Bank's dollar is near: the level of the tenge market. */
const TENGE_LEVEL = SYMBOLS.find(({ symbol }) => symbol === 'USDTKZT')?.level ?? 0

/** How often contracts are looked at for those whose time is over. */
const SWEEP_MS = 1_000

/** All exchanges and the control interface in one HTTP server: their paths do not collide. Not yet listening. */
export function createServer(deps: {
  config: SandboxConfig
  book: Book
  cabinet: Cabinet
  courier: Courier
  signingKeys: SigningKeys
  credentials: Credentials
  faults: Faults
  market: Market
  clock: Clock
  onFault: (fault: Fault) => void
  onError: (error: unknown) => void
}): FastifyInstance {
  const { config, clock, faults, market, onFault, onError } = deps
  const server = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: 64 * 1_024,
    routerOptions: { maxParamLength: 128 },
  })
  const counts = createCallCounts()
  const common = { faults, clock, counts, onFault, onError, seed: config.SANDBOX_SEED }
  const days: OfficialDays = new Map()
  const tapes = createTapePlayer(market, clock)
  const nowAt = (exchange: Exchange) => () => clock.now() + faults.driftMs(exchange)
  const [nowAtBinance, now] = [nowAt('binance'), nowAt('bybit')]
  const binancePay = createPayDesk({ ...deps, now: nowAtBinance })
  const accounts = createAccounts(deps)
  const stopSweeping = clock.every(SWEEP_MS, () => {
    binancePay.cardholder.sweep().catch(onError)
  })
  server.addHook('onClose', async () => stopSweeping())
  server.register(async (scope) => {
    const exposure = createExposure({ exchange: 'binance', failures: binanceFailures, ...common })
    addBinance(scope, { ...deps, now: nowAtBinance, exposure })
  })
  server.register(async (scope) => {
    const failures = binancePayFailures
    const exposure = createExposure({ exchange: 'binance', failures, ...common })
    addBinancePay(scope, { ...deps, ...binancePay, now: nowAtBinance, exposure })
  })
  server.register(async (scope) => {
    const exposure = createExposure({ exchange: 'bybit', failures: bybitFailures(now), ...common })
    addBybit(scope, { ...deps, now, exposure })
  })
  server.register(async (scope) => {
    const exposure = createExposure({ exchange: 'partner', failures: partnerFailures, ...common })
    addPartner(scope, { ...deps, accounts, now: nowAt('partner'), exposure })
  })
  server.register(async (scope) => {
    addNationalBank(scope, { days, seed: config.SANDBOX_SEED, level: TENGE_LEVEL, now: clock.now })
  })
  server.register(async (scope) => {
    addControl(scope, {
      ...deps,
      binancePay,
      accounts,
      tapes,
      days,
      counts,
      isLoopbackOnly: config.SANDBOX_CONTROL_LOOPBACK_ONLY,
    })
  })
  return server
}
