/** How many purchases the reconciliation makes: `RECONCILE_PURCHASES`, 1,000 unless told. */
export const RECONCILE_PURCHASES = Number(process.env['RECONCILE_PURCHASES'] ?? 1_000)

/** `SEED` repeats a run; it is printed with each. */
export const SEED = Number(process.env['SEED'] ?? Date.now() % 1_000_000)
