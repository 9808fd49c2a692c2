import type { BankId } from '@tolem/domain/ids'

/**
 * What a message is about. A request asks us to decide something and can be asked again; a notice tells what has
 * happened (a reversal, an advice, a clearing, a refund), and turning it away leaves money where it does not belong.
 */
export type Urgency = 'request' | 'notice'

/** Who may be under way when not everybody can. */
export type Seats = {
  /** Would this bank's message be seated now? Takes nothing. */
  readonly isFree: (bank: BankId, urgency: Urgency) => boolean
  /** Has this bank less under way than its equal share? */
  readonly isQuiet: (bank: BankId) => boolean
  /** Seats a message whose sender is certain; false when there is no seat. */
  readonly take: (bank: BankId, urgency: Urgency) => boolean
  /** What was taken is free again. */
  readonly leave: (bank: BankId) => void
  /** How many are seated. */
  readonly taken: () => number
}

/** Notices find a seat while requests are turned away, until there are so many times more. */
const NOTICES = 1.5

/**
 * Seats up to the limit whoever comes; beyond it only banks that have less than their equal share of it. So one that
 * sends more than we can do takes what the others leave, and none of what they need: their next message is seated at
 * once, and the noisy bank's have to wait until the sum is below the limit again. All together take at most the limit
 * and once more the shares of the quiet ones.
 *
 * Seats are taken only once a signature has shown whose message it is. A forger who names a bank can therefore take no
 * seat of it, and what he sends costs a verification while that bank has a seat free, and not even that otherwise.
 */
export function createSeats(limit: () => number): Seats {
  const taken = new Map<BankId, number>()
  let sum = 0

  function isFree(bank: BankId, urgency: Urgency): boolean {
    const most = urgency === 'notice' ? limit() * NOTICES : limit()
    if (sum < most) return true
    return isBelowShare(bank, most)
  }

  function isBelowShare(bank: BankId, most: number): boolean {
    const own = taken.get(bank) ?? 0
    const banks = own === 0 ? taken.size + 1 : taken.size
    return own < most / banks && sum < most * 2
  }

  return {
    isFree,
    isQuiet: (bank) => isBelowShare(bank, limit() * 0.75),
    take(bank, urgency) {
      if (!isFree(bank, urgency)) return false
      taken.set(bank, (taken.get(bank) ?? 0) + 1)
      sum += 1
      return true
    },
    leave(bank) {
      const left = (taken.get(bank) ?? 0) - 1
      if (left > 0) taken.set(bank, left)
      else taken.delete(bank)
      sum -= 1
    },
    taken: () => sum,
  }
}
