import type { ExchangeId } from '@tolem/domain/ids'
import type { ConversionPort } from './conversion-port.ts'
import type { HistoryPort } from './history-port.ts'
import type { ExchangeClient } from './http/client.ts'
import type { KeyPort } from './key-report.ts'
import type { ExchangeFamily } from './link.ts'
import type { MandatePort, NoticePort } from './mandate-port.ts'
import type { RailPort } from './port.ts'
import type { RailLimits } from './settings.ts'

/** One rail of an exchange with all that belongs to it; what it does not have is absent. */
export type RailAssembly = {
  readonly client: ExchangeClient
  readonly port: RailPort
  readonly mandates?: MandatePort
  readonly notices?: NoticePort
  readonly key?: KeyPort
  readonly history?: HistoryPort
}

/** The way in which an exchange converts. */
export type ConversionAssembly = {
  readonly client: ExchangeClient
  readonly port: ConversionPort
  readonly key?: KeyPort
}

/** What a rail or a conversion is made from; secrets are read already. */
export type AssemblyParts = {
  readonly exchange: ExchangeId
  readonly receiveWindowMs: number
  readonly apiKey: string
  readonly secret: string
  readonly readSecret: (reference: string) => string
  /** A client of one host, with the rules of calling it that its family of exchanges has. */
  readonly open: (family: ExchangeFamily, host: string, own?: OwnRules) => ExchangeClient
}

/** Where a client keeps other rules than the programme's rails do: documented limits of the calls that it makes. */
export type OwnRules = {
  readonly limits?: RailLimits
  readonly largestBodyBytes?: number
}
