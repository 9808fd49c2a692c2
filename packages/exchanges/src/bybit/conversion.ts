import type { AssemblyParts, ConversionAssembly } from '../assembly.ts'
import type { ConversionSettings, RailLimits, RailSettings } from '../settings.ts'
import { createBybitConvert } from './convert.ts'
import { createBybitKey } from './key.ts'
import { createBybitAccess } from './rails.ts'
import { createBybitSpot } from './spot.ts'

/**
 * What Bybit allows one UID in a second (Bybit V5, Rate Limit Rules): 20 new orders and 50 look-ups on the spot market,
 * 20 of each at Convert, where its own page says 50.
 */
const LIMITS = {
  spot: { concurrentCalls: 4, debitsPerSecond: 20, lookUpsPerSecond: 50 },
  convert: { concurrentCalls: 4, debitsPerSecond: 20, lookUpsPerSecond: 20 },
} as const satisfies Record<ConversionSettings['via'], RailLimits>

/** All instruments of the spot market come in one answer, about 600 bytes each, and there are some 700. */
const LARGEST_LIST_BYTES = 4 * 1024 * 1024

/** The way in which the programme converts at Bybit. */
export function createBybitConversion(
  settings: ConversionSettings,
  parts: AssemblyParts & { readonly rails: readonly RailSettings[] },
): ConversionAssembly {
  const { exchange, rails } = parts
  const { via } = settings
  const access = createBybitAccess(settings.host, {
    ...parts,
    own: { limits: LIMITS[via], largestBodyBytes: LARGEST_LIST_BYTES },
  })
  const deps = { ...access, exchange, settings }
  return {
    client: access.client,
    key: createBybitKey({ ...deps, usedFor: via }),
    port:
      via === 'spot'
        ? createBybitSpot(deps)
        : createBybitConvert({ ...deps, account: accountOf(rails) }),
  }
}

/** Convert takes from the account into which the sub-accounts pay; Bybit Pay's merchants are paid into funding. */
function accountOf(rails: readonly RailSettings[]) {
  const isUnified = rails.some(
    (rail) => rail.rail === 'bybit-subaccount' && rail.accountType === 'UNIFIED',
  )
  return isUnified ? 'eb_convert_uta' : 'eb_convert_funding'
}
