import type { ClearingFiles } from '@tolem/authorizations/clearing-files'
import type { Collections } from '@tolem/authorizations/collections'
import type { Holds } from '@tolem/authorizations/holds'
import type { Movements } from '@tolem/authorizations/movements'
import type { Conversions } from '@tolem/conversions'
import { type CrashPoint, crashPoint, crashTogether, isCrashArmed } from '@tolem/crash-points'
import type { ConversionFinder } from './conversion/open-converter.ts'
import type { RailFinder } from './terms.ts'

type Crashable = {
  readonly rails: RailFinder & ConversionFinder
  readonly collecting: { readonly movements: Movements; readonly collections: Collections }
  readonly holds: Holds
  readonly conversions: Conversions
}

/** The same rooms, which die where this process was told to; the very same ones where it was not. */
export function crashing<Rooms extends Crashable>(rooms: Rooms): Rooms {
  if (!isCrashArmed()) return rooms
  const { rails, collecting, holds, conversions } = rooms
  return {
    ...rooms,
    rails: crashingRails(rails),
    collecting: {
      ...collecting,
      movements: crashingMovements(collecting.movements),
      collections: { ...collecting.collections, ...crashingCollections(collecting.collections) },
    },
    holds: { ...holds, expire: thenTogether('expire.after_write', holds.expire) },
    conversions: {
      ...conversions,
      intend: thenTogether('convert.after_intend', conversions.intend),
      send: thenTogether('convert.after_ticket', conversions.send),
      fill: thenTogether('convert.after_write', conversions.fill),
      refuse: thenTogether('convert.after_write', conversions.refuse),
    },
  }
}

/**
 * Of a loader: once the presentments of a batch are recorded, and once it is recorded how far the file has come. One
 * comes after the other, so that none is held for the next.
 */
export function crashingLoad<
  Load extends { readonly files: ClearingFiles; readonly clearAll: Holds['clearAll'] },
>(load: Load): Load {
  if (!isCrashArmed()) return load
  const { files, clearAll } = load
  return {
    ...load,
    files: { ...files, advance: thenAlone('clearing.after_batch', files.advance) },
    clearAll: thenAlone('clearing.after_batch', clearAll),
  }
}

function crashingMovements(movements: Movements): Movements {
  return {
    ...movements,
    async claim(lanes, leaseMs) {
      const claimed = await movements.claim(lanes, leaseMs)
      for (const _ of claimed) crashPoint('settle.after_claim')
      return claimed
    },
    executeDebit: thenTogether('settle.after_write', movements.executeDebit),
    refuseDebit: thenTogether('settle.after_write', movements.refuseDebit),
    executeCredit: thenTogether('settle.after_write', movements.executeCredit),
  }
}

function crashingCollections(collections: Collections): Partial<Collections> {
  return {
    intend: thenTogether('collect.after_intend', collections.intend),
    execute: thenTogether('settle.after_write', collections.execute),
    refuse: thenTogether('settle.after_write', collections.refuse),
  }
}

/** Debits are sent from here for collections alone. */
function crashingRails<Rails extends Crashable['rails']>(rails: Rails): Rails {
  return {
    ...rails,
    railFor(exchange, rail) {
      const port = rails.railFor(exchange, rail)
      return (
        port && {
          ...port,
          async credit(order, limit) {
            await crashTogether('settle.before_credit')
            const result = await port.credit(order, limit)
            await crashTogether('settle.after_credit')
            return result
          },
          debit: thenTogether('collect.after_debit', port.debit),
        }
      )
    },
    conversionFor(exchange) {
      const port = rails.conversionFor(exchange)
      return port && { ...port, execute: thenTogether('convert.after_execute', port.execute) }
    },
  }
}

function thenTogether<Given extends readonly unknown[], Result>(
  point: CrashPoint,
  act: (...given: Given) => Promise<Result>,
): (...given: Given) => Promise<Result> {
  return async (...given) => {
    const result = await act(...given)
    await crashTogether(point)
    return result
  }
}

function thenAlone<Given extends readonly unknown[], Result>(
  point: CrashPoint,
  act: (...given: Given) => Promise<Result>,
): (...given: Given) => Promise<Result> {
  return async (...given) => {
    const result = await act(...given)
    crashPoint(point)
    return result
  }
}
