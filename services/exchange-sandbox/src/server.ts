import { type FastifyInstance, fastify } from 'fastify'
import { binanceFailures } from './binance/answers.ts'
import { addBinance } from './binance/binance.ts'
import type { Book } from './book.ts'
import { bybitFailures } from './bybit/answers.ts'
import { addBybit } from './bybit/bybit.ts'
import { createExposure } from './call.ts'
import type { Clock } from './clock.ts'
import type { SandboxConfig } from './config.ts'
import { addControl } from './control/control.ts'
import type { Credentials } from './credentials.ts'
import type { Fault, Faults } from './faults.ts'
import type { Market } from './prices/market.ts'

/** Both exchanges and the control interface in one HTTP server: their paths do not collide. Not yet listening. */
export function createServer(deps: {
  config: SandboxConfig
  book: Book
  credentials: Credentials
  faults: Faults
  market: Market
  clock: Clock
  onFault: (fault: Fault) => void
  onError: (error: unknown) => void
}): FastifyInstance {
  const { config, clock, faults, onFault, onError } = deps
  const server = fastify({
    logger: false,
    forceCloseConnections: true,
    bodyLimit: 64 * 1_024,
    routerOptions: { maxParamLength: 128 },
  })
  const common = { faults, clock, onFault, onError, seed: config.SANDBOX_SEED }
  const { now } = clock
  server.register(async (scope) => {
    const exposure = createExposure({ exchange: 'binance', failures: binanceFailures, ...common })
    addBinance(scope, { ...deps, now, exposure })
  })
  server.register(async (scope) => {
    const exposure = createExposure({ exchange: 'bybit', failures: bybitFailures(now), ...common })
    addBybit(scope, { ...deps, now, exposure })
  })
  server.register(async (scope) => {
    addControl(scope, { ...deps, isLoopbackOnly: config.SANDBOX_CONTROL_LOOPBACK_ONLY })
  })
  return server
}
