import assert from 'node:assert/strict'
import type { Wallet } from './entries.ts'

/** What is no wallet of ours pays without limit. Frozen deposits do not count. */
export function holds(wallet: Wallet | undefined, asset: string, units: bigint): boolean {
  if (wallet === undefined) return true
  return (wallet.balances.get(asset) ?? 0n) - (wallet.frozen?.[asset] ?? 0n) >= units
}

/** Adds to a wallet's balance, or takes from it what the caller knows is there. */
export function move(wallet: Wallet | undefined, asset: string, units: bigint): void {
  if (wallet === undefined || units === 0n) return
  const balance = (wallet.balances.get(asset) ?? 0n) + units
  assert(balance >= 0n, `wallet ${wallet.id} never goes below zero`)
  wallet.balances.set(asset, balance)
}

/** Forgets the promise once it is kept, and leaves a broken one in place: who asks again learns of it again. */
export function track(entry: { saving?: Promise<void> }, saving: Promise<void>): void {
  const kept = async () => {
    await saving
    delete entry.saving
  }
  entry.saving = kept()
  // The answer awaits the same promise; without this line a caller that left would crash the process.
  entry.saving.catch(() => undefined)
}
