import type { Outcome } from '@tolem/domain/outcome'
import type { CallLimit } from './port.ts'

/** The exchange's own clock, milliseconds since the epoch, as it stood while the call was under way. Never throws. */
export type ReadServerTime = (limit: CallLimit) => Promise<Outcome<number, 'unavailable'>>
