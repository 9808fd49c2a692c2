import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { drawSeed } from './tests/setup/draw-seed.ts'

drawSeed()

/** Tests start some hundred processes of ours: each has its modules ready in a third of the time. */
const env = { NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules', '.cache', 'node') }

/** What a test polls for comes at once, or late on a busy machine: the default of a second would judge the machine. */
const expect = { poll: { timeout: 10_000 } }

/**
 * Four projects, told apart by where a test stands and what it needs:
 * `unit` (no I/O beyond loopback), `tidy` (the repository's own files), `integration` (a real PostgreSQL and Redis,
 * chosen by @tolem/testing/backends) and `acceptance` (the whole stack over HTTP, importing no service code).
 */
export default defineConfig({
  test: {
    // The stack is stopped only when nothing of it is in doubt any more, which takes half a minute at Bybit.
    teardownTimeout: 120_000,
    // Also on two cores: most of the time of a file is waiting, for a server to start or a fault to end.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'services/*/src/**/*.test.ts',
            'tests/support/**/*.test.ts',
          ],
          exclude: ['**/*.integration.test.ts'],
          // Files put back what they fake, so that they may share the modules they load: a third of the time.
          isolate: false,
          expect,
          testTimeout: 15_000,
        },
      },
      {
        // Read-only, so the files may share what they parsed: half the time.
        test: { name: 'tidy', include: ['tests/tidy/**/*.test.ts'], isolate: false, expect },
      },
      {
        test: {
          name: 'integration',
          include: [
            'packages/*/src/**/*.integration.test.ts',
            'services/*/src/**/*.integration.test.ts',
            'tests/integration/**/*.test.ts',
            'tests/faults/**/*.test.ts',
            'tests/{checker,soak}/**/*.test.ts',
          ],
          globalSetup: ['tests/setup/backends.ts'],
          isolate: false,
          env,
          expect,
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'acceptance',
          include: ['tests/acceptance/**/*.test.ts'],
          globalSetup: ['tests/setup/stack.ts'],
          isolate: false,
          env,
          expect,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
