import type { AssemblyParts, RailAssembly } from '../assembly.ts'
import { LOOK_UP_LIMIT } from '../look-up-limit.ts'
import type { PartnerTransferSettings } from '../settings.ts'
import { partnerKey } from './key.ts'
import { createPartnerSigner } from './sign.ts'
import { createPartnerHistory } from './transfer-history.ts'
import { callPartner, createPartnerTransfers } from './transfers.ts'

/** The rail of an exchange that speaks the partner protocol, with all that belongs to it. */
export function createPartnerRail(
  settings: PartnerTransferSettings,
  parts: AssemblyParts,
): RailAssembly {
  const { exchange, receiveWindowMs, apiKey, secret } = parts
  const client = parts.open('partner', settings.host)
  const sign = createPartnerSigner({ apiKey, secret, now: client.clock.now })
  const line = { receiveWindowMs, client, sign }
  const get = (path: string) =>
    callPartner(line, { purpose: 'look_up', path, limit: LOOK_UP_LIMIT })
  return {
    client,
    port: createPartnerTransfers({ exchange, settings, ...line }),
    history: createPartnerHistory(exchange, get),
    key: { exchange, usedFor: 'partner-transfer', readKey: partnerKey(line) },
  }
}
