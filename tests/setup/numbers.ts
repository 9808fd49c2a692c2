/** How many purchases the reconciliation makes: `RECONCILE_PURCHASES`, 1,000 unless told. */
export const RECONCILE_PURCHASES = Number(process.env['RECONCILE_PURCHASES'] ?? 1_000)

/** `SEED` repeats a run; it is printed with each. */
export const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

/** How many records the clearing file has whose loader is killed: `CLEARING_RECORDS`, 2,000 unless told. */
export const CLEARING_RECORDS = Number(process.env['CLEARING_RECORDS'] ?? 2_000)
