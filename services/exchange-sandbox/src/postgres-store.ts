import { join } from 'node:path'
import { createGroupCommit } from '@tolem/postgres/group-commit'
import type { Postgres } from '@tolem/postgres/pool'
import { loadStatements } from '@tolem/postgres/statements'
import { type Clock, pause } from './clock.ts'
import type { Exchange } from './coins.ts'
import {
  type ConversionRow,
  type MovementRow,
  type OperationRow,
  readConversion,
  readMovement,
  readOperation,
  readWallet,
  type WalletRow,
  writeConversion,
  writeMovement,
  writeOperation,
  writeWallet,
} from './postgres-rows.ts'
import type { Change, Snapshot, Store, StoredDocument } from './store.ts'

/** How long to wait before a failed write is tried again. */
const RETRY_MS = 250

/** Far above the connections that a sandbox serves: nothing is ever refused for want of room. */
const WAITING_MAX = 1_000_000

type BalanceRow = { exchange: Exchange; wallet: string; asset: string; units: string }

/** What is not written yet, in the order it happened. */
type Pending = {
  readonly wallets: Map<string, WalletRow>
  readonly balances: Map<string, BalanceRow>
  readonly operations: OperationRow[]
  readonly movements: MovementRow[]
  readonly conversions: ConversionRow[]
  readonly documents: Map<string, StoredDocument>
}

/**
 * Keeps the book in the schema `exchange_sandbox`, which it creates. Changes that come while a write is under way
 * travel together in the next one. A write that fails is tried again until it succeeds: meanwhile answers wait, as at
 * an exchange whose database is gone, and nothing decided is forgotten. One process per database.
 */
export async function createPostgresStore(deps: {
  postgres: Postgres
  clock: Clock
  onFault: (error: unknown) => void
}): Promise<Store> {
  const { postgres, clock, onFault } = deps
  const statements = loadStatements(join(import.meta.dirname, 'sql'), [
    'schema-create',
    'change-save',
    'credential-save',
    'credentials-list',
    'wallets-list',
    'operations-list',
    'movements-list',
    'conversions-list',
    'documents-list',
  ])
  await postgres.run(statements['schema-create'], [])
  let pending = nothingPending()
  let isClosing = false
  let isGivenUp = false

  const writeAll = async (waiting: readonly undefined[]): Promise<readonly undefined[]> => {
    if (isGivenUp) throw new Error('the database was gone when the sandbox closed')
    const values = valuesOf(pending)
    pending = nothingPending()
    for (;;) {
      try {
        await postgres.run(statements['change-save'], values)
        return waiting
      } catch (error) {
        onFault(error)
        if (isClosing) {
          isGivenUp = true
          throw error
        }
        await pause(clock, RETRY_MS)
      }
    }
  }
  const commits = createGroupCommit<undefined, undefined>({
    run: writeAll,
    maxBatch: WAITING_MAX,
    maxQueued: WAITING_MAX,
  })

  return {
    load: () => load(postgres, statements),
    saveCredential: async ({ exchange, apiKey, secret, restrictions }) => {
      const values = [exchange, apiKey, secret, JSON.stringify(restrictions)]
      await postgres.run(statements['credential-save'], values)
    },
    saveWallet: (wallet) => {
      addWallet(pending, writeWallet(wallet))
      return commits.submit(undefined)
    },
    saveChange: (change) => {
      addChange(pending, change)
      return commits.submit(undefined)
    },
    saveDocument: (document) => {
      pending.documents.set(JSON.stringify([document.drawer, document.key]), document)
      return commits.submit(undefined)
    },
    isReachable: postgres.isReachable,
    close: async () => {
      isClosing = true
      await commits.close()
      await postgres.close()
    },
  }
}

function nothingPending(): Pending {
  return {
    wallets: new Map(),
    balances: new Map(),
    operations: [],
    movements: [],
    conversions: [],
    documents: new Map(),
  }
}

/** Replaces what was pending of the wallet: its older balances no longer matter. */
function addWallet(pending: Pending, row: WalletRow): void {
  const { exchange, wallet } = row
  pending.wallets.set(`${exchange} ${wallet}`, row)
  for (const [key, balance] of pending.balances) {
    if (balance.exchange === exchange && balance.wallet === wallet) pending.balances.delete(key)
  }
  for (const [asset, units] of Object.entries(row.units)) {
    addBalance(pending, { exchange, wallet, asset, units })
  }
}

function addChange(pending: Pending, change: Change): void {
  const { operation, conversion, movements, balances } = change
  if (operation !== undefined) pending.operations.push(writeOperation(operation))
  if (conversion !== undefined) pending.conversions.push(writeConversion(conversion))
  for (const movement of movements) pending.movements.push(writeMovement(movement))
  for (const balance of balances) {
    addBalance(pending, { ...balance, units: balance.units.toString() })
  }
}

function addBalance(pending: Pending, balance: BalanceRow): void {
  pending.balances.set(`${balance.exchange} ${balance.wallet} ${balance.asset}`, balance)
}

function valuesOf(pending: Pending): readonly string[] {
  const { wallets, balances, operations, movements, conversions, documents } = pending
  const stood = [...balances.values()]
  const kept = [...wallets.values()].map(({ exchange, wallet }) => ({
    exchange,
    wallet,
    assets: stood
      .filter((each) => each.exchange === exchange && each.wallet === wallet)
      .map(({ asset }) => asset),
  }))
  return [
    [...wallets.values()],
    kept,
    stood,
    operations,
    movements,
    conversions,
    [...documents.values()],
  ].map((rows) => JSON.stringify(rows))
}

async function load(
  postgres: Postgres,
  statements: Readonly<
    Record<
      | 'credentials-list'
      | 'wallets-list'
      | 'operations-list'
      | 'movements-list'
      | 'conversions-list'
      | 'documents-list',
      Parameters<Postgres['run']>[0]
    >
  >,
): Promise<Snapshot> {
  type CredentialRow = {
    exchange: Exchange
    api_key: string
    secret: string
    restrictions: Readonly<Record<string, unknown>>
  }
  const credentials = await postgres.run<CredentialRow>(statements['credentials-list'], [])
  const wallets = await postgres.run<WalletRow>(statements['wallets-list'], [])
  const rows = await postgres.run<OperationRow>(statements['operations-list'], [])
  const movements = await postgres.run<MovementRow>(statements['movements-list'], [])
  const conversions = await postgres.run<ConversionRow>(statements['conversions-list'], [])
  const documents = await postgres.run<StoredDocument>(statements['documents-list'], [])
  const operations = rows.map(readOperation)
  return {
    credentials: credentials.map(({ api_key: apiKey, ...rest }) => ({ ...rest, apiKey })),
    wallets: wallets.map(readWallet),
    operations,
    movements: movements.map((row) => readMovement(row, operations)),
    conversions: conversions.map(readConversion),
    documents,
  }
}
