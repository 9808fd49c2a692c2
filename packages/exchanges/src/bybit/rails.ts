import type { AssemblyParts, OwnRules, RailAssembly } from '../assembly.ts'
import type { BybitPaySettings, BybitSubaccountSettings } from '../settings.ts'
import type { BybitAccess } from './calls.ts'
import { createBybitKey } from './key.ts'
import { createBybitMandates } from './mandate.ts'
import { createBybitNotices } from './notice.ts'
import { createBybitPay } from './pay.ts'
import { createBybitSigner } from './sign.ts'
import { createBybitSubaccount } from './sub-account.ts'
import { createBybitHistory } from './transfer-history.ts'
import { bybitPayStep } from './units.ts'

/** A rail of Bybit with all that belongs to it. */
export function createBybitRail(
  settings: BybitPaySettings | BybitSubaccountSettings,
  parts: AssemblyParts,
): RailAssembly {
  const { exchange } = parts
  const access = createBybitAccess(settings.host, parts)
  const { client } = access
  const deps = { ...access, exchange }
  const key = createBybitKey({ ...deps, usedFor: settings.rail })
  if (settings.rail === 'bybit-subaccount')
    return {
      client,
      key,
      port: createBybitSubaccount({ ...deps, settings }),
      history: createBybitHistory({ ...deps, settings }),
    }
  const { noticeKey, decimals } = settings
  const stepOf = bybitPayStep(decimals)
  return {
    client,
    key,
    port: createBybitPay({ ...deps, settings, stepOf }),
    mandates: createBybitMandates({ ...deps, settings, stepOf }),
    ...(noticeKey && {
      notices: createBybitNotices({
        exchange,
        settings,
        publicKey: parts.readSecret(noticeKey),
        now: client.clock.now,
      }),
    }),
  }
}

/** How a host of Bybit is called. Requests are stamped with the exchange's own time, as far as it is known. */
export function createBybitAccess(
  host: string,
  parts: AssemblyParts & { readonly own?: OwnRules },
): BybitAccess {
  const client = parts.open('bybit', host, parts.own)
  const sign = createBybitSigner({ ...parts, now: client.clock.now })
  return { client, sign, receiveWindowMs: parts.receiveWindowMs }
}
