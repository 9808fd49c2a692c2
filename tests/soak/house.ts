import type { DemoFile } from '@tolem/client/demo-file'
import type { Service } from '../setup/service.ts'
import { query } from '../support/ledger.ts'
import { openAllCards } from '../support/load.ts'
import { type OwnParts, startOwnParts } from '../support/own-parts.ts'
import { openPurse, type Purse } from '../support/purse.ts'
import type { TestCard } from '../support/stack.ts'
import type { TcpProxy } from '../support/tcp-proxy.ts'

/** Two authorizers, two settlements, rates, the exchanges, PostgreSQL and Redis, with a wire of ours between each. */
export type SoakHouse = {
  readonly own: OwnParts
  readonly demo: DemoFile
  readonly authorizers: readonly Service[]
  readonly settlements: readonly Service[]
  readonly urls: readonly string[]
  readonly wires: ReadonlyMap<string, TcpProxy>
  readonly cards: readonly TestCard[]
  readonly refill: () => Promise<void>
  readonly close: () => Promise<void>
}

/** Little of the first assets: most of its purchases are paid by several debits. */
const COINS = { USDT: '20', USDC: '20', ETH: '0.01', BTC: '1000' } as const
const PURSES = 4
const LIMITED = 4

/**
 * Starts all of it. Undefined, having said so, where this machine has no Redis.
 *
 * @throws when a part does not start; nothing is left running then.
 */
export async function startSoakHouse({
  notFoundIsFinalAfterMs,
  budgetMs,
  hasWires,
}: {
  readonly notFoundIsFinalAfterMs: number
  readonly budgetMs: number
  /** They live in this process: a machine that has no time for them cannot bear them. */
  readonly hasWires: boolean
}): Promise<SoakHouse | undefined> {
  const undo: (() => unknown)[] = []
  const close = async () => {
    for (const step of undo.splice(0).toReversed()) await step()
  }
  try {
    const own = await startOwnParts(1, {
      responseBudgetMs: budgetMs,
      notFoundIsFinalAfterMs,
      wired: hasWires,
    })
    if (!own) return undefined
    undo.push(own.close)
    await commitDurably(own.parts.databaseUrl)
    const second = await own.parts.anotherAuthorizer()
    const settlement = await own.parts.anotherSettlement()
    for (const service of [second.service, settlement]) {
      undo.push(() => service.stop('SIGKILL'))
      await service.start()
    }
    const purses = await Promise.all(
      Array.from({ length: PURSES }, () => openPurse(own.stack, COINS)),
    )
    return {
      own,
      demo: own.parts.demo,
      authorizers: [own.parts.authorizer, second.service],
      settlements: [own.parts.settlement, settlement],
      urls: [own.parts.demo.url, second.url],
      wires: new Map(Object.entries(own.parts.wires ?? {})),
      cards: await openCards(own, purses),
      refill: async () => {
        for (const purse of purses) await purse.refill(COINS)
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Tests' servers commit without waiting for the log, and one that is killed forgets its last commits: no service can
 * bear that. What a process wrote outlives its own death. Sessions that stand begin anew.
 */
async function commitDurably(databaseUrl: string): Promise<void> {
  await query(databaseUrl, 'ALTER DATABASE tolem SET synchronous_commit = on')
  await query(
    databaseUrl,
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()`,
  )
}

/** At five banks, over all rails, in all assets; some that pay by several debits, some with a limit of a day. */
async function openCards({ stack }: OwnParts, purses: readonly Purse[]): Promise<TestCard[]> {
  const limited = await Promise.all(
    Array.from({ length: LIMITED }, (_, index) =>
      stack.openCard({
        holds: '1000000',
        card: {
          limits:
            index % 2 === 0
              ? { dailyCount: 40 }
              : { dailyAmount: { value: '700000.00', currency: 'KZT' } },
        },
      }),
    ),
  )
  return [...(await openAllCards(stack)), ...limited, ...purses.map(({ card }) => card)]
}
