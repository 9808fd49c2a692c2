import { type Proof, proveRail } from '@tolem/exchanges/conformance'
import { expect, test } from 'vitest'
import { openSandboxBench } from '../conformance/sandbox-bench.ts'
import { SANDBOX_RAILS } from '../conformance/sandbox-rails.ts'

const lineOf = ({ check, finding, ms }: Proof) =>
  `  ${finding.outcome.padEnd(7)} ${check.name.padEnd(30)} ${String(ms).padStart(5)} ms  ${finding.detail}`

test.concurrent.for(SANDBOX_RAILS)(
  '$rail proves everything that it declares, at a sandbox in a process of its own',
  { timeout: 120_000 },
  async (one) => {
    const { bench, close } = await openSandboxBench(one)
    try {
      const proofs = await proveRail(bench)
      process.stdout.write(`${one.rail}\n${proofs.map(lineOf).join('\n')}\n`)
      expect(proofs.filter(({ finding }) => finding.outcome === 'broken')).toEqual([])
      // The bench has everything that checks may want but a rail may promise less, or have no word for its balance.
      const notRun = proofs.filter(({ finding }) => finding.outcome === 'not_run')
      expect(notRun.length).toBeLessThanOrEqual(2)
    } finally {
      await close()
    }
  },
)
