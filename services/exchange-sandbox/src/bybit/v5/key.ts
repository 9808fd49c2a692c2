import type { SandboxConfig } from '../../config.ts'
import type { KnownKey } from '../../credentials.ts'

/** What the exchange says of a key. */
export type KeyInfo = {
  readonly userID: number
  readonly isMaster: boolean
  readonly readOnly: number
  readonly permissions: Readonly<Record<string, readonly string[]>>
}

/**
 * The documented fields. Unless the credential's `restrictions` say otherwise, the key is the master's, fit for
 * production: bound to addresses, may transfer, trade, convert and collect, may not withdraw. What they say replaces
 * whole fields: `{"permissions": {"Wallet": ["Withdraw"]}, "ips": ["*"], "isMaster": false, "userID": 533285}`.
 */
export function describeKey({ restrictions }: KnownKey, config: SandboxConfig): KeyInfo {
  const isMaster = restrictions['isMaster'] !== false
  const masterUid = config.SANDBOX_BYBIT_MASTER_UID
  return {
    id: '2208369',
    note: 'sandbox',
    apiKey: 'XXXXXXXX',
    readOnly: 0,
    secret: '',
    permissions: isMaster ? MASTER_PERMISSIONS : SUB_PERMISSIONS,
    ips: ['127.0.0.1'],
    type: 1,
    deadlineDay: -2,
    expiredAt: '1970-01-01T00:00:00Z',
    createdAt: '2025-10-13T03:20:45Z',
    unified: 0,
    uta: 1,
    userID: Number(masterUid),
    inviterID: 0,
    vipLevel: 'No VIP',
    mktMakerLevel: '0',
    affiliateID: 0,
    rsaPublicKey: '',
    isMaster,
    parentUid: isMaster ? '0' : masterUid,
    kycLevel: 'LEVEL_1',
    kycRegion: 'KAZ',
    userIDInt64: '0',
    inviterIDInt64: '0',
    affiliateIDInt64: '0',
    ...restrictions,
  } as KeyInfo
}

const NO_PERMISSIONS = {
  ContractTrade: [],
  Spot: [],
  Wallet: [],
  Options: [],
  Derivatives: [],
  CopyTrading: [],
  BlockTrade: [],
  Exchange: [],
  NFT: [],
  Affiliate: [],
  Earn: [],
  FiatP2P: [],
  FiatConvertBroker: [],
  FiatGlobalPay: [],
  FiatBitPay: [],
  BitCard: [],
  ByXPost: [],
} as const

/** "FaitPayOrder" is Bybit's own spelling. */
const MASTER_PERMISSIONS = {
  ...NO_PERMISSIONS,
  Spot: ['SpotTrade'],
  Wallet: ['AccountTransfer', 'SubMemberTransfer'],
  Exchange: ['ExchangeHistory'],
  FiatBitPay: ['FaitPayOrder'],
} as const

const SUB_PERMISSIONS = {
  ...NO_PERMISSIONS,
  Wallet: ['AccountTransfer', 'SubMemberTransferList'],
} as const
