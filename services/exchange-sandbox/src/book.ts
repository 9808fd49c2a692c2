import assert from 'node:assert/strict'
import type { Exchange } from './coins.ts'
import {
  type Balance,
  MASTER,
  type Movement,
  type Operation,
  type Order,
  type Reference,
  type Wallet,
} from './entries.ts'
import type { Snapshot, Store } from './store.ts'

/**
 * The exchanges' own book: wallets, the operations asked for by reference, and the movements they made. A reference
 * makes one operation and, unless the fault `execute_twice` says otherwise, at most one movement per wallet. Amounts
 * are units of the exchange's scale. Every change is made at once in memory, then handed to the store.
 */

export type Book = {
  wallet(exchange: Exchange, id: string): Wallet | undefined
  wallets(): Iterable<Wallet>
  /** Adds or replaces a wallet; durable when it resolves. */
  putWallet(wallet: Wallet): Promise<void>
  /** Does the wallet hold so much? True for a name that is no wallet. */
  covers(exchange: Exchange, id: string, money: { asset: string; units: bigint }): boolean
  /** The operation that holds this reference. */
  find(key: Reference): Operation | undefined
  /** The operation with this number, from 1. */
  byNumber(number: number): Operation | undefined
  /** Executes an order. The caller has checked that the reference is free and the money is there. */
  post(order: Order): Operation
  /** All operations, oldest first. */
  operations(): readonly Operation[]
  /** All movements, oldest first. */
  movements(): readonly Movement[]
}

/** A book that starts from what the store kept. */
export function createBook(deps: { snapshot: Snapshot; store: Store; now: () => number }): Book {
  const { snapshot, store, now } = deps
  const wallets = new Map(snapshot.wallets.map((wallet) => [walletKey(wallet), wallet]))
  const operations = [...snapshot.operations]
  const movements = [...snapshot.movements]
  const byReference = new Map(operations.map((operation) => [referenceKey(operation), operation]))
  for (const operation of operations) addToOriginal(operation, byReference)
  assert(
    operations.every(({ number }, index) => number === index + 1),
    'no operation is lost',
  )

  const wallet = (exchange: Exchange, id: string) => wallets.get(walletKey({ exchange, id }))
  return {
    wallet,
    wallets: () => wallets.values(),
    putWallet: async (put) => {
      wallets.set(walletKey(put), put)
      await store.saveWallet(put)
    },
    covers: (exchange, id, { asset, units }) => holds(wallet(exchange, id), asset, units),
    find: (key) => byReference.get(referenceKey(key)),
    byNumber: (number) => operations[number - 1],
    post: (order) => {
      const key = referenceKey(order)
      assert(!byReference.has(key), `reference ${key} is executed once`)
      const operation: Operation = {
        ...order,
        number: operations.length + 1,
        at: now(),
        credited: 0n,
      }
      operations.push(operation)
      byReference.set(key, operation)
      addToOriginal(operation, byReference)
      const made = execute(operation, wallet)
      const first = movements.length
      for (const move of made) movements.push({ sequence: movements.length + 1, ...move })
      const saving = store.saveChange({
        operation,
        movements: movements.slice(first),
        balances: balancesAfter(operation, wallet),
      })
      if (saving !== undefined) track(operation, saving)
      return operation
    },
    operations: () => operations,
    movements: () => movements,
  }
}

type FindWallet = (exchange: Exchange, id: string) => Wallet | undefined

/** Moves the money as often as ordered and as the payer's balance allows, and tells what the customers' wallets saw. */
function execute(operation: Operation, wallet: FindWallet): Omit<Movement, 'sequence'>[] {
  const { exchange, asset, units, failure, executions } = operation
  const from = wallet(exchange, operation.from)
  const to = wallet(exchange, operation.to)
  const made: Omit<Movement, 'sequence'>[] = []
  for (let times = failure === undefined ? executions : 0; times > 0; times--) {
    if (times < executions && !holds(from, asset, units)) break
    move(from, asset, -units)
    move(to, asset, units)
    if (isCustomer(from)) made.push({ wallet: from.id, kind: 'debit', operation })
    if (isCustomer(to)) made.push({ wallet: to.id, kind: 'credit', operation })
  }
  return made
}

function isCustomer(wallet: Wallet | undefined): wallet is Wallet {
  return wallet !== undefined && wallet.id !== MASTER
}

/** What is no wallet of ours pays without limit. */
function holds(wallet: Wallet | undefined, asset: string, units: bigint): boolean {
  return wallet === undefined || (wallet.balances.get(asset) ?? 0n) >= units
}

/** Keeps in each debit how much of it was credited: at Bybit, where a refund names its payment. */
function addToOriginal(credit: Operation, byReference: ReadonlyMap<string, Operation>): void {
  if (credit.originalReference === undefined || credit.failure !== undefined) return
  const reference = credit.originalReference
  const original = byReference.get(referenceKey({ ...credit, kind: 'debit', reference }))
  if (original !== undefined) original.credited += credit.units
}

function move(wallet: Wallet | undefined, asset: string, units: bigint): void {
  if (wallet === undefined) return
  const balance = (wallet.balances.get(asset) ?? 0n) + units
  assert(balance >= 0n, `wallet ${wallet.id} never goes below zero`)
  wallet.balances.set(asset, balance)
}

function balancesAfter({ exchange, asset, from, to }: Operation, wallet: FindWallet): Balance[] {
  return [from, to].flatMap((id) => {
    const units = wallet(exchange, id)?.balances.get(asset)
    return units === undefined ? [] : [{ exchange, wallet: id, asset, units }]
  })
}

/** Forgets the promise once it is kept, and leaves a broken one in place: who asks again learns of it again. */
function track(operation: Operation, saving: Promise<void>): void {
  const kept = async () => {
    await saving
    delete operation.saving
  }
  operation.saving = kept()
  // The answer awaits the same promise; without this line a caller that left would crash the process.
  operation.saving.catch(() => undefined)
}

function walletKey({ exchange, id }: { exchange: Exchange; id: string }): string {
  return `${exchange} ${id}`
}

function referenceKey({ exchange, kind, party, reference }: Reference): string {
  return exchange === 'binance' ? `binance ${reference}` : `bybit ${kind} ${party} ${reference}`
}
