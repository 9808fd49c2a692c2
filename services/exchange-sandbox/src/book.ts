import assert from 'node:assert/strict'
import type { Exchange } from './coins.ts'
import { type Conversions, createConversions } from './conversions.ts'
import {
  type Balance,
  MASTER,
  type Movement,
  type Operation,
  type Order,
  type Reference,
  type Wallet,
} from './entries.ts'
import { holds, move, track } from './purse.ts'
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
  /** Does the wallet hold so much that it may move? True for a name that is no wallet. */
  covers(exchange: Exchange, id: string, money: { asset: string; units: bigint }): boolean
  /** The operation that holds this reference. */
  find(key: Reference): Operation | undefined
  /** The operation with this number, from 1. */
  byNumber(number: number): Operation | undefined
  /** Executes an order. The caller has checked that the reference is free and the money is there. */
  post(order: Order): Operation
  /** How often the money of an operation was really moved. */
  timesMoved(operation: Operation): number
  /** All operations, oldest first. */
  operations(): readonly Operation[]
  /** All movements, oldest first. */
  movements(): readonly Movement[]
  /** What the masters' wallets turned into something else. */
  readonly conversions: Conversions
}

/** A book that starts from what the store kept. */
export function createBook(deps: {
  snapshot: Snapshot
  store: Store
  now: (exchange: Exchange) => number
}): Book {
  const { snapshot, store, now } = deps
  const wallets = new Map(snapshot.wallets.map((wallet) => [walletKey(wallet), wallet]))
  const operations = [...snapshot.operations]
  const movements = [...snapshot.movements]
  const moved = countMoves(movements)
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
        at: now(order.exchange),
        credited: 0n,
      }
      operations.push(operation)
      byReference.set(key, operation)
      addToOriginal(operation, byReference)
      const made = execute(operation, wallet)
      const first = movements.length
      for (const move of made) movements.push({ sequence: movements.length + 1, ...move })
      moved.set(operation.number, made.length)
      const saving = store.saveChange({
        operation,
        movements: movements.slice(first),
        balances: balancesAfter(operation, wallet),
      })
      if (saving !== undefined) track(operation, saving)
      return operation
    },
    timesMoved: (operation) => moved.get(operation.number) ?? 0,
    operations: () => operations,
    movements: () => movements,
    conversions: createConversions({ kept: snapshot.conversions, store, now, wallet }),
  }
}

/** Each transfer moves between one customer and the master, so it has one movement each time. */
function countMoves(movements: readonly Movement[]): Map<number, number> {
  const moved = new Map<number, number>()
  for (const { operation } of movements)
    moved.set(operation.number, (moved.get(operation.number) ?? 0) + 1)
  return moved
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

/** Keeps in each debit how much of it was credited, where a credit names its debit. */
function addToOriginal(credit: Operation, byReference: ReadonlyMap<string, Operation>): void {
  if (credit.originalReference === undefined || credit.failure !== undefined) return
  const reference = credit.originalReference
  const original = byReference.get(referenceKey({ ...credit, kind: 'debit', reference }))
  if (original !== undefined) original.credited += credit.units
}

function balancesAfter({ exchange, asset, from, to }: Operation, wallet: FindWallet): Balance[] {
  return [from, to].flatMap((id) => {
    const units = wallet(exchange, id)?.balances.get(asset)
    return units === undefined ? [] : [{ exchange, wallet: id, asset, units }]
  })
}

function walletKey({ exchange, id }: { exchange: Exchange; id: string }): string {
  return `${exchange} ${id}`
}

function referenceKey({ exchange, kind, party, reference }: Reference): string {
  const areNumberedTogether = exchange === 'partner' || (exchange === 'binance' && party === '')
  return areNumberedTogether
    ? `${exchange} ${reference}`
    : `${exchange} ${kind} ${party} ${reference}`
}
