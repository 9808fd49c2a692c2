import { type Backends, startBackends } from '@tolem/testing/backends'
import type { TestProject } from 'vitest/node'
import {
  CLEARING_RECORDS,
  CONVERSION_PURCHASES,
  EVENT_AUTHORIZATIONS,
  SEED,
  TICKS,
} from './numbers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** How many records the clearing file has whose loader is killed. */
    readonly clearingRecords: number
    /** How many purchases are converted on a moving market. */
    readonly conversionPurchases: number
    /** How many authorizations are told of while instances are killed. */
    readonly eventAuthorizations: number
    /** What random choices are drawn from. */
    readonly seed: number
  }
}

let backends: Backends | undefined

/** PostgreSQL and Redis for the integration tests, once for the whole run. */
export async function setup(project: TestProject): Promise<void> {
  backends = await startBackends(process.env, console.log)
  const { adminUrl, name } = backends.template
  project.provide('postgresTemplate', { adminUrl, name })
  project.provide('redisUrl', backends.redisUrl)
  project.provide('clearingRecords', CLEARING_RECORDS)
  project.provide('conversionPurchases', CONVERSION_PURCHASES)
  project.provide('eventAuthorizations', EVENT_AUTHORIZATIONS)
  project.provide('seed', SEED)
  project.provide('ticks', TICKS)
  project.provide('ticksSeed', SEED)
}

export async function teardown(): Promise<void> {
  await backends?.stop()
}
