/** Draws `SEED` where none is given: once, before the workers of a run begin, each of which reads it anew. */
export function drawSeed(): void {
  process.env['SEED'] ??= String(Date.now() % 1_000_000)
}
