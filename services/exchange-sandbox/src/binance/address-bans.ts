import type { Answer } from '../call.ts'
import { binanceFailures } from './answers.ts'

/** "IP bans are tracked and scale in duration for repeat offenders, from 2 minutes to 3 days." */
const SHORTEST_MS = 120_000
const LONGEST_MS = 259_200_000

/** Addresses that failed to back off after 429 and get 418 until their ban ends. */
export type AddressBans = {
  /** 418 while the address is banned. */
  check(address: string): Answer | undefined
  /** Counts a 429 in the window that ends then; the one too many starts a ban and gives its 418. */
  count(address: string, windowEndsAt: number): Answer | undefined
}

type Record = { windowEndsAt: number; refusals: number; bans: number; bannedUntil: number }

export function createAddressBans(deps: { refusalsMax: number; now: () => number }): AddressBans {
  const { refusalsMax, now } = deps
  const records = new Map<string, Record>()
  const check = (address: string) => {
    const leftMs = (records.get(address)?.bannedUntil ?? 0) - now()
    return leftMs > 0 ? binanceFailures.banned(leftMs) : undefined
  }
  return {
    check,
    count: (address, windowEndsAt) => {
      const known = records.get(address)
      const record = known ?? { windowEndsAt, refusals: 0, bans: 0, bannedUntil: 0 }
      records.set(address, record)
      if (record.windowEndsAt !== windowEndsAt) record.refusals = 0
      record.windowEndsAt = windowEndsAt
      record.refusals += 1
      if (record.refusals <= refusalsMax) return undefined
      record.refusals = 0
      record.bannedUntil = now() + Math.min(LONGEST_MS, SHORTEST_MS * 2 ** record.bans)
      record.bans += 1
      return check(address)
    },
  }
}
