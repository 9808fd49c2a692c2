import { randomUUIDv7 } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type AuthorizationId, movementReference } from '@tolem/domain/ids'
import { createRails } from '@tolem/exchanges/compose'
import type { Bench, SeenMovement } from '@tolem/exchanges/conformance-bench'
import { amountOf, parseAmount } from '@tolem/money/amount'
import { isCryptoAsset } from '@tolem/money/asset'
import { findFreePorts, startService, untilReady } from '../load/children.ts'
import { type Cleanup, createCleanup } from '../load/cleanup.ts'
import { createSandboxControl, type Listed } from './sandbox-control.ts'
import { exchangeOf, HOLDS_USDT, type SandboxRail } from './sandbox-rails.ts'

const KEY = { apiKey: 'trial-key', secret: 'trial-secret' }

/** A rail at a sandbox of its own, in a process of its own. */
export async function openSandboxBench(
  one: SandboxRail,
): Promise<{ readonly bench: Bench; readonly close: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'tolem-conformance-'))
  const cleanup = createCleanup(directory)
  const url = await startSandbox(directory, cleanup)
  const control = createSandboxControl(url)
  await control.put('credentials', { exchange: one.exchange, ...KEY })
  await control.put(one.opening.path, one.opening.body)
  const settings = exchangeOf(one, { host: url, ...KEY })
  const rails = createRails([settings], { readSecret: (text) => text, now: Date.now })
  await rails.start()
  const rail = rails.railFor(settings.id, one.rail)
  if (!rail) throw new Error(`${one.rail} is not there`)
  const smallest = parseAmount('USDT', '0.5')
  if (!smallest.ok) throw new Error('no amount')
  const bench: Bench = {
    rail,
    wallet: { exchange: settings.id, rail: one.rail, assets: ['USDT'], ...one.wallet },
    asset: 'USDT',
    amount: smallest.value,
    tooMuch: amountOf('USDT', BigInt(HOLDS_USDT + 1) * 100_000_000n),
    newReference: (kind) => movementReference(`aut_${randomUUIDv7()}` as AuthorizationId, kind, 1),
    now: Date.now,
    sleep,
    movements: async (reference) =>
      (await control.movements(one.wireReference?.(reference) ?? reference)).map(toSeen),
    trouble: control.trouble(one.exchange),
    paceMs: 0,
    limit: { timeoutMs: 1_000 },
  }
  const close = async () => {
    await rails.close()
    await cleanup.run()
  }
  return { bench, close }
}

function toSeen({ kind, asset, amount }: Listed): SeenMovement {
  const read = isCryptoAsset(asset) ? parseAmount(asset, amount) : undefined
  if (!read?.ok) throw new Error(`the sandbox moved ${amount} ${asset}, which is no amount of ours`)
  return { kind, asset, amount: read.value }
}

async function startSandbox(directory: string, cleanup: Cleanup): Promise<string> {
  const ports = await findFreePorts(['sandbox', 'admin'])
  const sandbox = startService({
    name: 'exchange-sandbox',
    directory,
    cleanup,
    environment: {
      SANDBOX_PORT: String(ports.sandbox),
      SANDBOX_ADMIN_PORT: String(ports.admin),
      SANDBOX_BYBIT_MASTER_UID: '592324',
      SANDBOX_BYBIT_TRANSFER_PER_SECOND: '1000',
      SANDBOX_BYBIT_TRANSFER_LIST_PER_SECOND: '1000',
      SANDBOX_BYBIT_PAY_PER_AGREEMENT_PER_SECOND: '1000',
      SANDBOX_BINANCE_UID_WEIGHT_PER_MINUTE: '100000000',
    },
  })
  await untilReady(sandbox, `http://127.0.0.1:${ports.admin}`)
  return `http://127.0.0.1:${ports.sandbox}`
}
