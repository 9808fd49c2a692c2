import { armCrashPoint } from '@tolem/crash-points'
import type { BankId } from '@tolem/domain/ids'
import { createRedisBus } from '@tolem/redis/bus'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import { composeDelivery } from '../delivery/compose.ts'
import { openPostgres, QUICK } from './world.ts'

/** What a delivering process is told. */
export type DeliveryChild = {
  readonly databaseUrl: string
  readonly bank: BankId
  readonly webhookUrl: string
  readonly secret: string
  /** Absent: nothing is streamed. */
  readonly redis: { readonly url: string; readonly prefix: string } | undefined
  /** Where it dies, as `CRASH_AT`. */
  readonly crashAt: string | undefined
}

/** Deliveries of one process that can be killed and stopped. Its only argument is what it is told. */
const told = JSON.parse(process.argv[2] ?? '{}') as DeliveryChild
if (told.crashAt !== undefined) armCrashPoint(told.crashAt, false)

const bus = told.redis
  ? createRedisBus({
      url: told.redis.url,
      keyPrefix: told.redis.prefix,
      commandTimeoutMs: 500,
      onFault: () => {},
    })
  : { append: () => Promise.resolve() }

const delivery = composeDelivery({
  config: { ...QUICK, LEASE_MS: 800 },
  postgres: openPostgres(told.databaseUrl),
  bus,
  programme: {
    banks: [{ id: told.bank, webhook: { url: told.webhookUrl, secret: 'env:SECRET' } }],
  },
  readSecret: () => told.secret,
  logger: createLogger({ service: 'settlement', level: 'silent' }),
  metrics: createMetrics('settlement'),
  random: () => 0.5,
})
// Its parent is gone: nobody is left to take anything.
process.on('disconnect', () => process.exit())
delivery.start()
process.send?.('started')
