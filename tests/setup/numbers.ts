import { count, seed } from '@tolem/config/command-line'
import { readConfig } from '@tolem/config/read-config'
import { z } from 'zod'

const told = readConfig(
  z.object({
    RECONCILE_PURCHASES: count.default(600),
    SEED: seed,
    CLEARING_RECORDS: count.default(2_000),
    RUNS: count.optional(),
    RAIL_DEBITS: count.default(100),
    BAN_DECLINES: count.optional(),
    CONVERSION_PURCHASES: count.default(300),
    RESTORE_DEBITS: count.default(40),
    CRASH_ROUNDS: count.optional(),
    TICKS: count.default(30_000),
    CUT_REPLIES: count.default(40),
    DUPLICATED_KEYS: count.default(30),
    DUPLICATES: count.default(40),
    POSTGRES_RESTARTS: count.default(3),
    FAULTS: z.literal('all').optional(),
    EVENT_AUTHORIZATIONS: count.default(24),
  }),
  process.env,
)

/** How many purchases the reconciliation makes: `RECONCILE_PURCHASES`, 600 unless told. */
export const RECONCILE_PURCHASES = told.RECONCILE_PURCHASES

/** `SEED` repeats a run, and is printed with it: vitest.config.ts draws one for all workers where none is given. */
export const SEED = told.SEED

/** How many records the clearing file has whose loader is killed: `CLEARING_RECORDS`, 2,000 unless told. */
export const CLEARING_RECORDS = told.CLEARING_RECORDS

/** How many cards live a life of random messages, and as many again of messages that come together: `RUNS`. */
export const RUNS = told.RUNS ?? 60

/** Where nobody asks for `RUNS`, a busy machine lives fewer lives instead of taking longer: none begins after this. */
export const LIVES_BEGIN_WITHIN_MS = told.RUNS === undefined ? 7_000 : Number.POSITIVE_INFINITY

/** How many debits are made over each rail while a tenth of them times out: `RAIL_DEBITS`, 100 unless told. */
export const RAIL_DEBITS = told.RAIL_DEBITS

/** How many declines during a ban are timed; without `BAN_DECLINES` few are, and only held to the bank's budget. */
export const BAN_DECLINES = told.BAN_DECLINES ?? 0

/** How many purchases are converted on a moving market: `CONVERSION_PURCHASES`, 300 unless told. */
export const CONVERSION_PURCHASES = told.CONVERSION_PURCHASES

/** How many debits are made after the moment that a database is put back to: `RESTORE_DEBITS`, 40 unless told. */
export const RESTORE_DEBITS = told.RESTORE_DEBITS

/**
 * How often a process dies at each crash point with a debit that happened, and as often with one that did not:
 * `CRASH_ROUNDS`. Without it a few points, chosen by the seed, are met a few times.
 */
export const CRASH_ROUNDS = told.CRASH_ROUNDS ?? 0

/** How many ticks are played through guards, mirror and quotes: `TICKS`; `npm run test:ticks` plays a million. */
export const TICKS = told.TICKS

/** How many of PostgreSQL's answers are withheld after it committed: `CUT_REPLIES`, 40 unless told. */
export const CUT_REPLIES = told.CUT_REPLIES

/** How many messages are sent many times at once, and how often each: `DUPLICATED_KEYS`, `DUPLICATES`. */
export const DUPLICATED_KEYS = told.DUPLICATED_KEYS
export const DUPLICATES = told.DUPLICATES

/** How often PostgreSQL is taken away under load: `POSTGRES_RESTARTS`, 3 unless told. */
export const POSTGRES_RESTARTS = told.POSTGRES_RESTARTS

/** Everything that faults can do to a deployment, also what takes minutes: `FAULTS=all`. */
export const ALL_FAULTS = told.FAULTS === 'all'

/** How many authorizations are told of while instances are killed: `EVENT_AUTHORIZATIONS`, 24 unless told. */
export const EVENT_AUTHORIZATIONS = told.EVENT_AUTHORIZATIONS
