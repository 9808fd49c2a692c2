import type { Book } from '../book.ts'
import { formatCoins, parseCoins } from '../coins.ts'
import type { Contract, Contracts } from './contracts.ts'
import { PAY_SCALE } from './fields.ts'
import type { PayNotices } from './notices.ts'

/** What a cardholder has behind a contract when nobody says: whole coins of its currency. */
const OPENING_COINS = '1000'

/** The longest term of a contract: 1095 days. */
const TERM_MS = 1_095 * 86_400_000

/** The cardholder's side of a contract, and that of Binance's operation team. Each gives the contract as it is then. */
export type Cardholder = {
  /** A contract that is signed already, under an id of the caller's choice. One that is there stays as it is. */
  open(contractId: string, terms: OpenTerms): Promise<void>
  /** Signs a request: the wallet of the contract's id pays from now on. Undefined when it cannot be signed any more. */
  sign(contract: Contract, opening?: Opening): Promise<Contract | undefined>
  /** Says no: it cannot be signed any more, and nobody is told. */
  refuse(contract: Contract): Promise<Contract | undefined>
  /** Ends a signed contract: by the user, or by the operation team. */
  terminate(contract: Contract, way: 0 | 2): Promise<Contract | undefined>
  /** Ends it as time would, signed or not, and says CONTRACT_EXPIRED of it. */
  expire(contract: Contract): Promise<Contract | undefined>
  /** Keeps what time has ended, and tells the merchant. */
  sweep(): Promise<void>
}

type OpenTerms = {
  readonly currency: string
  readonly singleUpperLimit: string
  readonly merchantContractCode?: string | undefined
}

type Opening = { readonly balances?: Map<string, bigint>; readonly openUserId?: string }

export function createCardholder(deps: {
  book: Book
  contracts: Contracts
  notices: PayNotices
  now: () => number
}): Cardholder {
  const { book, contracts, notices, now } = deps
  const change = async (contract: Contract) => {
    await contracts.put(contract)
    notices.contractChanged(contract)
    return contract
  }
  return {
    open: async (contractId, { currency, singleUpperLimit, merchantContractCode }) => {
      if (contracts.find({ contractId }) !== undefined) return
      const request = await contracts.create(
        {
          merchantContractCode: merchantContractCode ?? contractId,
          serviceName: 'Card',
          scenarioCode: 'Others',
          singleUpperLimit: formatCoins(parseCoins(singleUpperLimit, PAY_SCALE) ?? 0n, PAY_SCALE),
          currency,
          periodic: false,
          requestExpireTime: now() + TERM_MS,
          contractEndTime: now() + TERM_MS,
        },
        contractId,
      )
      await contracts.put({ ...request, status: 'CONTRACT_SIGNED' })
    },
    sign: async (contract, { balances, openUserId } = {}) => {
      if (contract.status !== 'INITIAL' || contract.isRefused) return undefined
      const opening = new Map([[contract.currency, parseCoins(OPENING_COINS, PAY_SCALE) ?? 0n]])
      const wallet = { exchange: 'binance', id: contract.contractId } as const
      await book.putWallet({ ...wallet, balances: balances ?? opening })
      const named = openUserId === undefined ? contract : { ...contract, openUserId }
      return change({ ...named, status: 'CONTRACT_SIGNED' })
    },
    refuse: async (contract) => {
      if (contract.status !== 'INITIAL') return undefined
      const refused = { ...contract, isRefused: true }
      await contracts.put(refused)
      return refused
    },
    terminate: async (contract, way) => {
      if (contract.status !== 'CONTRACT_SIGNED') return undefined
      const termination = { way, at: now() }
      return change({ ...contract, status: 'CONTRACT_TERMINATED', termination })
    },
    expire: async (contract) => {
      if (!['INITIAL', 'CONTRACT_SIGNED'].includes(contract.status)) return undefined
      return change({ ...contract, status: 'CONTRACT_EXPIRED' })
    },
    sweep: async () => {
      for (const contract of contracts.overdue()) await change(contract)
    },
  }
}
