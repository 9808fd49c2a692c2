import { PostgresFault } from '@tolem/postgres/fault'

const TRIES = 3

/**
 * Asks again where `isOpen` says so of what was thrown, three times in all. For what finds its own row by its key, so
 * that asking twice does nothing twice.
 */
export async function surely<Result>(
  ask: () => Promise<Result>,
  isOpen: (error: unknown) => boolean = isOpenFault,
): Promise<Result> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await ask()
    } catch (error) {
      if (left === 1 || !isOpen(error)) throw error
    }
  }
}

/** A COMMIT whose answer was lost leaves open what was done; a deadlock, that another session had to go first. */
export function isOpenFault(error: unknown): boolean {
  return error instanceof PostgresFault && (error.maybeCommitted || error.code === 'serialization')
}
