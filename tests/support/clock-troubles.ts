import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { vi } from 'vitest'
import type { Environment, Service } from '../setup/service.ts'
import { aPurchase, aReversal } from './messages.ts'
import { decide, decided, type TestRail } from './stack.ts'
import { type Trouble, untilAnswered, type WiredParts } from './wired-parts.ts'

/** The wall clock of services that were started with `environment`. */
export type Clocks = {
  readonly environment: Environment
  /** Sets the clock of one of them, by so much from what is right. Later processes begin right. */
  readonly set: (service: Service, offsetMs: number) => Promise<void>
  readonly remove: () => void
}

const PRELOADED = join(import.meta.dirname, '..', 'setup', 'jumping-clock.ts')

/** A signal is handled in the next turn of a loop that is not held. */
const HANDLED_AFTER_MS = 200

export function layClocks(): Clocks {
  const directory = mkdtempSync(join(tmpdir(), 'tolem-clock-'))
  const file = join(directory, 'offset')
  writeFileSync(file, '0')
  return {
    environment: { NODE_OPTIONS: `--import=${PRELOADED}`, CLOCK_OFFSET_FILE: file },
    async set(service, offsetMs) {
      writeFileSync(file, String(offsetMs))
      process.kill(service.pid(), 'SIGWINCH')
      await delay(HANDLED_AFTER_MS)
      writeFileSync(file, '0')
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

const HOUR_MS = 3_600_000

/** By as much an exchange's time may differ from ours and is believed; beyond it refuses all that we send. */
const BELIEVED_MS = 10_000
const SEVERAL_MS = 8_000

/** Less than rates may be old, more than exchanges let a request be. */
const LITTLE_MS = 2_000

/** More than rates may be old, less than signatures may be. */
const MUCH_MS = 20_000

const PURCHASES = 10
const CREDITED_WITHIN_MS = 30_000

/** Its rails sign each call with the time. */
const SIGNED_RAILS: readonly TestRail[] = ['binance-subaccount', 'bybit-subaccount', 'bybit-pay']

/** Somebody sets the time of a machine, and later sets it right. */
export function clockTroubles({ set }: Clocks): readonly Trouble[] {
  const authorizer = (offsetMs: number): Trouble => ({
    name: `authorizer's clock ${named(offsetMs)}`,
    make: async (own) => {
      await set(own.parts.authorizer, offsetMs)
      if (Math.abs(offsetMs) > LITTLE_MS) return
      // Exchanges refuse what is stamped so wrongly, until their own time has been asked for.
      for (let count = 0; count < PURCHASES; count += 1) await untilAnswered(own, ['approved'])
    },
    ...(Math.abs(offsetMs) > LITTLE_MS && { felt: ['rate_unavailable'] }),
    mend: ({ parts }) => set(parts.authorizer, 0),
  })
  const settlement = (offsetMs: number): Trouble => {
    const credited: (() => Promise<unknown>)[] = []
    const allCredited = () => Promise.all(credited.splice(0).map((wait) => wait()))
    return {
      name: `settlement's clock ${named(offsetMs)}`,
      make: async (own) => {
        await set(own.parts.settlement, offsetMs)
        for (const rail of SIGNED_RAILS) credited.push(await reverseOne(own, rail))
        if (Math.abs(offsetMs) < BELIEVED_MS) await allCredited()
      },
      mend: async ({ parts }) => {
        await set(parts.settlement, 0)
        await allCredited()
      },
    }
  }
  return [
    authorizer(LITTLE_MS),
    settlement(SEVERAL_MS),
    settlement(HOUR_MS),
    authorizer(-LITTLE_MS),
    settlement(-SEVERAL_MS),
    settlement(-HOUR_MS),
    authorizer(MUCH_MS),
    authorizer(-MUCH_MS),
  ]
}

/** What is approved and then reversed comes back: tells how to wait for it. */
async function reverseOne({ stack }: WiredParts, rail: TestRail): Promise<() => Promise<unknown>> {
  const card = await stack.openCard({ rail })
  const bank = stack.bank(card.bank)
  const buy = async (): Promise<string | undefined> => {
    const { answer } = await decide(bank, aPurchase(card.token))
    return answer.decision === 'approved' ? answer.authorizationId : undefined
  }
  const before = await card.balance()
  const authorizationId = await waitFor(buy)
  decided(await bank.reverse(aReversal(authorizationId)))
  return () => waitFor(async () => (await card.balance()) === before || undefined)
}

async function waitFor<Value>(look: () => Promise<Value | undefined>): Promise<Value> {
  return vi.waitUntil(look, { timeout: CREDITED_WITHIN_MS, interval: 100 })
}

function named(offsetMs: number): string {
  return `${Math.abs(offsetMs) / 1_000} s ${offsetMs > 0 ? 'fast' : 'slow'}`
}
