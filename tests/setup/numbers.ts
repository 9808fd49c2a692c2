/** How many purchases the reconciliation makes: `RECONCILE_PURCHASES`, 1,000 unless told. */
export const RECONCILE_PURCHASES = Number(process.env['RECONCILE_PURCHASES'] ?? 1_000)

/** `SEED` repeats a run; it is printed with each. */
export const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

/** How many records the clearing file has whose loader is killed: `CLEARING_RECORDS`, 2,000 unless told. */
export const CLEARING_RECORDS = Number(process.env['CLEARING_RECORDS'] ?? 2_000)

/** How many cards live a life of random messages, and as many again of messages that come together: `RUNS`. */
export const RUNS = Number(process.env['RUNS'] ?? 120)

/** Where nobody asks for `RUNS`, a busy machine lives fewer lives instead of taking longer: none begins after this. */
export const LIVES_BEGIN_WITHIN_MS =
  process.env['RUNS'] === undefined ? 10_000 : Number.POSITIVE_INFINITY
