import { createHash } from 'node:crypto'
import type { Cabinet, Drawer } from '../cabinet.ts'

/** A contract's status, in Binance Pay's words. */
type ContractStatus = 'INITIAL' | 'CONTRACT_SIGNED' | 'CONTRACT_TERMINATED' | 'CONTRACT_EXPIRED'

/** Who ended a contract: the user, time, Binance's operation team, the merchant by a call. */
type TerminationWay = 0 | 1 | 2 | 3

/** What the merchant asks the cardholder to sign. Times are milliseconds since 1970. */
export type ContractTerms = {
  readonly merchantContractCode: string
  readonly serviceName: string
  readonly scenarioCode: string
  /** Largest single debit: whole coins with eight decimals. */
  readonly singleUpperLimit: string
  readonly currency: string
  readonly periodic: boolean
  readonly merchantAccountNo?: string
  readonly requestExpireTime: number
  readonly contractEndTime: number
}

/** A direct debit contract. Its id is known to the merchant only once it is signed; the wallet of that id pays. */
export type Contract = ContractTerms & {
  readonly contractId: string
  readonly status: ContractStatus
  /** The cardholder said no: nobody is told, and the request waits for its end. */
  readonly isRefused: boolean
  readonly openUserId: string
  readonly termination?: { readonly way: TerminationWay; readonly at: number }
}

/** What names a contract; the code is ignored where an id is given. */
export type ContractName = {
  readonly contractId?: string | undefined
  readonly merchantContractCode?: string | undefined
}

/** All contracts, as they stand now: time alone ends them too. */
export type Contracts = {
  find(name: ContractName): Contract | undefined
  /** The contract that this unsigned request became or may become. */
  findRequest(preContractId: string): Contract | undefined
  list(): readonly Contract[]
  /** Adds a request for a contract; the caller has checked that its code is free. Without an id it gets a free one. */
  create(terms: ContractTerms, contractId?: string): Promise<Contract>
  /** Replaces a contract; durable when it resolves. */
  put(contract: Contract): Promise<void>
  /** Contracts that time ended and whose end is not kept yet. */
  overdue(): readonly Contract[]
}

/** Ids of contracts are eighteen digits, beyond 2^53. */
const FIRST_CONTRACT_ID = 205_638_372_306_477_056n

/** What lies between a request's id and the id of the contract that it becomes. */
const REQUEST_OFFSET = 100_000_000_000_000_000n

export function createContracts(deps: { cabinet: Cabinet; now: () => number }): Contracts {
  const drawer: Drawer<Contract> = deps.cabinet.open('binance-pay-contracts')
  const idByCode = new Map<string, string>()
  for (const { merchantContractCode, contractId } of drawer.values()) {
    idByCode.set(merchantContractCode, contractId)
  }
  const byId = (id: string) => standing(drawer.find(id), deps.now())
  const put = async (contract: Contract) => {
    idByCode.set(contract.merchantContractCode, contract.contractId)
    await drawer.put(contract.contractId, contract)
  }
  /** Passes over ids that were given from outside: their contracts would be replaced. */
  const nextId = () => {
    let next = FIRST_CONTRACT_ID + BigInt(idByCode.size + 1)
    while (drawer.find(String(next)) !== undefined) next += 1n
    return String(next)
  }
  return {
    find: ({ contractId, merchantContractCode }) =>
      byId(contractId ?? idByCode.get(merchantContractCode ?? '') ?? ''),
    findRequest: (preContractId) =>
      /^\d{18}$/.test(preContractId)
        ? byId(String(BigInt(preContractId) - REQUEST_OFFSET))
        : undefined,
    list: () => [...drawer.values()].flatMap((each) => standing(each, deps.now()) ?? []),
    create: async (terms, givenId) => {
      const contractId = givenId ?? nextId()
      const openUserId = openUserIdOf(contractId)
      const contract = {
        ...terms,
        contractId,
        status: 'INITIAL',
        isRefused: false,
        openUserId,
      } as const
      await put(contract)
      return contract
    },
    put,
    overdue: () =>
      [...drawer.values()].flatMap((kept) => {
        const now = standing(kept, deps.now())
        return now === undefined || now.status === kept.status ? [] : [now]
      }),
  }
}

/** The id of the request for a contract. */
export function preContractIdOf({ contractId }: Contract): string {
  return String(BigInt(contractId) + REQUEST_OFFSET)
}

/** Binance's opaque name for whoever signs. */
export function openUserIdOf(contractId: string): string {
  return createHash('md5').update(`user of ${contractId}`).digest('hex')
}

/** An unsigned request expires; a signed contract is terminated by time ("1 auto expire"). */
function standing(contract: Contract | undefined, time: number): Contract | undefined {
  if (contract?.status === 'INITIAL' && time >= contract.requestExpireTime) {
    return { ...contract, status: 'CONTRACT_EXPIRED' }
  }
  if (contract?.status === 'CONTRACT_SIGNED' && time >= contract.contractEndTime) {
    const termination = { way: 1, at: contract.contractEndTime } as const
    return { ...contract, status: 'CONTRACT_TERMINATED', termination }
  }
  return contract
}
