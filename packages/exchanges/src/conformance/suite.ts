import { type Bench, broken, type Check, type Finding } from './bench.ts'
import { DEBIT_CHECKS } from './debits.ts'
import { LOOK_UP_CHECKS } from './look-ups.ts'
import { REFERENCE_CHECKS } from './references.ts'
import { TROUBLE_CHECKS } from './troubles.ts'

/** Everything that a rail must prove, in the order in which it is tried: a ban comes last. */
export const CONFORMANCE_CHECKS: readonly Check[] = [
  ...DEBIT_CHECKS,
  ...REFERENCE_CHECKS,
  ...LOOK_UP_CHECKS,
  ...TROUBLE_CHECKS,
]

/** One check's finding and how long it took. */
export type Proof = {
  readonly check: Pick<Check, 'name' | 'guarantee'>
  readonly finding: Finding
  readonly ms: number
}

/**
 * Proves what a rail declares, one check after another: money moves at the bench's exchange. Each finding is told as
 * soon as it is known.
 */
export async function proveRail(
  bench: Bench,
  onProof: (proof: Proof) => void = () => undefined,
): Promise<readonly Proof[]> {
  const proofs: Proof[] = []
  for (const check of CONFORMANCE_CHECKS) {
    if (proofs.length > 0) await bench.sleep(bench.paceMs)
    const startedAt = bench.now()
    const finding = await attempt(check, bench)
    const { name, guarantee } = check
    const proof = { check: { name, guarantee }, finding, ms: bench.now() - startedAt }
    proofs.push(proof)
    onProof(proof)
  }
  return proofs
}

async function attempt(check: Check, bench: Bench): Promise<Finding> {
  try {
    return await check.run(bench)
  } catch (error) {
    // No method of a rail may throw: whatever did, the guarantee is not proved.
    return broken(error instanceof Error ? error.message : String(error))
  }
}
