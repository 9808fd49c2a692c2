import { setTimeout as delay } from 'node:timers/promises'
import type { SandboxFault } from '../../support/sandbox.ts'
import type { SoakHouse } from '../house.ts'
import { between, choose, type Strike } from './strike.ts'

type Kind = Pick<SandboxFault, 'kind' | 'delayMs' | 'executes'>

/** Nothing comes later than this, or "not found" would be final too early. */
const LATEST_MS = 1_500
const LASTS_MS = [1_000, 4_000] as const

const EVERYWHERE: readonly Kind[] = [
  { kind: 'timeout_before' },
  { kind: 'timeout_after' },
  { kind: 'reset_before' },
  { kind: 'reset_after' },
  { kind: 'error_5xx_before' },
  { kind: 'error_5xx_after' },
  { kind: 'delay', delayMs: 700 },
  { kind: 'garbage' },
]

/** Bans and pauses last for minutes, and nothing is settled meanwhile: they have tests of their own. */
const KINDS = {
  debit: [
    ...EVERYWHERE,
    { kind: 'duplicate_code' },
    { kind: 'unknown_status', delayMs: LATEST_MS },
    { kind: 'pending', delayMs: LATEST_MS },
    { kind: 'pending_then_failed', delayMs: LATEST_MS },
    { kind: 'wrong_echo' },
    { kind: 'insufficient' },
  ],
  // A credit that an exchange refuses for good is a person's matter and would stay open.
  credit: [...EVERYWHERE, { kind: 'duplicate_code' }],
  look_up: [...EVERYWHERE, { kind: 'not_found_yet', delayMs: LATEST_MS }],
} as const satisfies Readonly<Record<string, readonly Kind[]>>

/** What an exchange does to some of the calls of one kind for a while, each fault under its own name. */
export function exchangeStrikes({ own }: SoakHouse): readonly Strike[] {
  const { sandbox } = own.stack
  return (['debit', 'credit', 'look_up'] as const).flatMap((operation) => {
    const kinds: readonly Kind[] = KINDS[operation]
    return kinds.map(({ kind, ...more }): Strike => {
      const run = async (random: () => number) => {
        const exchange = choose(['bybit', 'binance'] as const, random)
        const probability = between(0.2, 1, random)
        await sandbox.layFault({ exchange, operation, kind, probability, ...more })
        try {
          await delay(between(...LASTS_MS, random))
        } finally {
          await sandbox.liftFaults({ exchange, operation, kind })
        }
      }
      // All together weigh as much as what happens to processes and databases.
      return {
        name: `exchange ${operation} ${kind}`,
        target: `${operation} ${kind}`,
        weight: 0.4,
        run,
      }
    })
  })
}
