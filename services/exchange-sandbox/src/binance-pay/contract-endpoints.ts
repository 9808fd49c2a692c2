import { z } from 'zod'
import type { Answer, Endpoint, ExchangeRequest } from '../call.ts'
import { formatCoins, parseCoins } from '../coins.ts'
import type { Fault } from '../faults.ts'
import { bareNumber } from '../raw-json.ts'
import { payAnswer, payRefusal } from './answers.ts'
import { type Contract, type Contracts, type ContractTerms, preContractIdOf } from './contracts.ts'
import { MERCHANT_ID, type PayDeps } from './deps.ts'
import { alphanumeric, amount, currency, long, PAY_SCALE, text, time } from './fields.ts'

const DAY_MS = 86_400_000

/** "Default and max 1095 days". */
const CONTRACT_DAYS_MAX = 1_095

/** How long a request can be signed when the merchant does not say: not published. */
const REQUEST_MS = 3_600_000

const request = z
  .object({
    subMerchantId: text(19).optional(),
    merchantContractCode: alphanumeric(32),
    serviceName: text(32),
    scenarioCode: text(32),
    singleUpperLimit: amount,
    currency,
    periodic: z.boolean(),
    cycleDebitFixed: z.boolean().optional(),
    cycleType: z.enum(['MONTH', 'DAY']).optional(),
    cycleValue: time.optional(),
    firstDeductTime: time.optional(),
    merchantAccountNo: text(64).optional(),
    requestExpireTime: time.optional(),
    contractEndTime: time.optional(),
  })
  .refine(isCycleTold, { path: ['periodic'] })

const named = z
  .object({
    merchantContractCode: alphanumeric(32).optional(),
    contractId: long.optional(),
    terminationNotes: text(256).optional(),
  })
  .refine(({ merchantContractCode, contractId }) => merchantContractCode ?? contractId, {
    path: ['contractId'],
  })

/** POST /direct-debit/contract: a request that the cardholder signs behind the links. */
export function contractEndpoint(deps: PayDeps): Endpoint {
  return (received) => {
    const admitted = deps.gate.admit(received, request)
    if ('status' in admitted) return admitted
    const terms = termsOf(admitted.asked, deps.now())
    const refusal = checkTerms(terms, deps)
    if (refusal !== undefined) return refusal
    return {
      operation: 'mandate',
      wallet: terms.merchantContractCode,
      headers: {},
      run: async () => describeRequest(await findOrCreate(deps.contracts, terms), received),
    }
  }
}

/** POST /direct-debit/contract/query: what became of it. The contract's id appears once it is signed. */
export function contractQueryEndpoint({ gate, contracts }: PayDeps): Endpoint {
  return (received) => {
    const admitted = gate.admit(received, named)
    if ('status' in admitted) return admitted
    const contract = contracts.find(admitted.asked)
    if (contract === undefined) return payRefusal('contract')
    return {
      operation: 'mandate',
      wallet: contract.merchantContractCode,
      headers: {},
      run: (fault) => payAnswer(describeContract(contract, fault)),
    }
  }
}

/** POST /direct-debit/contract/termination: "no webhook notification will be sent". */
export function terminationEndpoint({ gate, contracts, now }: PayDeps): Endpoint {
  return (received) => {
    const admitted = gate.admit(received, named)
    if ('status' in admitted) return admitted
    const contract = contracts.find(admitted.asked)
    if (contract === undefined) return payRefusal('contract')
    return {
      operation: 'mandate',
      wallet: contract.merchantContractCode,
      headers: {},
      run: async () => {
        if (contract.status !== 'CONTRACT_SIGNED') return payRefusal('contract_unsigned')
        const termination = { way: 3, at: now() } as const
        await contracts.put({ ...contract, status: 'CONTRACT_TERMINATED', termination })
        return payAnswer(true)
      },
    }
  }
}

/** A contract as its look-up and its notice tell it: long ids and amounts are bare numbers. */
export function describeContract(contract: Contract, fault?: Fault) {
  const limit =
    fault?.kind === 'wrong_echo' ? `1${contract.singleUpperLimit}` : contract.singleUpperLimit
  return {
    bizStatus: contract.status,
    merchantContractCode: contract.merchantContractCode,
    ...(contract.status === 'INITIAL' ? {} : signedFields(contract)),
    serviceName: contract.serviceName,
    ...(contract.merchantAccountNo === undefined
      ? {}
      : { merchantAccountNo: contract.merchantAccountNo }),
    singleUpperLimit: bareNumber(limit),
    currency: contract.currency,
    ...(contract.termination === undefined
      ? {}
      : {
          contractTerminationWay: contract.termination.way,
          contractTerminationTime: contract.termination.at,
        }),
  }
}

function signedFields({ contractId, openUserId }: Contract) {
  return { contractId: bareNumber(contractId), openUserId }
}

type Asked = z.output<typeof request>

/** "All mandatory if periodic=true". */
function isCycleTold(asked: {
  periodic: boolean
  cycleDebitFixed?: boolean | undefined
  cycleType?: string | undefined
  cycleValue?: number | undefined
  firstDeductTime?: number | undefined
}): boolean {
  const { cycleDebitFixed, cycleType, cycleValue, firstDeductTime } = asked
  const told = [cycleDebitFixed, cycleType, cycleValue, firstDeductTime]
  return !asked.periodic || !told.includes(undefined)
}

function termsOf(asked: Asked, now: number): ContractTerms {
  const { merchantContractCode, serviceName, scenarioCode, periodic, merchantAccountNo } = asked
  return {
    merchantContractCode,
    serviceName,
    scenarioCode,
    periodic,
    currency: asked.currency,
    singleUpperLimit: formatCoins(asked.singleUpperLimit, PAY_SCALE),
    ...(merchantAccountNo === undefined ? {} : { merchantAccountNo }),
    requestExpireTime: asked.requestExpireTime ?? now + REQUEST_MS,
    contractEndTime: asked.contractEndTime ?? now + CONTRACT_DAYS_MAX * DAY_MS,
  }
}

function checkTerms(terms: ContractTerms, { config, contracts, now }: PayDeps): Answer | undefined {
  const limitMax = parseCoins(config.SANDBOX_BINANCE_PAY_UPPER_LIMIT_MAX, PAY_SCALE) ?? 0n
  if ((parseCoins(terms.singleUpperLimit, PAY_SCALE) ?? 0n) > limitMax) {
    return payRefusal('value', 'singleUpperLimit')
  }
  if (terms.contractEndTime > now() + CONTRACT_DAYS_MAX * DAY_MS) {
    return payRefusal('value', 'contractEndTime')
  }
  if (terms.requestExpireTime <= now()) return payRefusal('value', 'requestExpireTime')
  const earlier = contracts.find(terms)
  const isSame = earlier?.status === 'INITIAL' && isSameContract(earlier, terms)
  return earlier === undefined || isSame ? undefined : payRefusal('value', 'merchantContractCode')
}

/** Repeated as it was, but for times that depend on when it was sent. */
function isSameContract(earlier: ContractTerms, terms: ContractTerms): boolean {
  return (
    earlier.singleUpperLimit === terms.singleUpperLimit &&
    earlier.currency === terms.currency &&
    earlier.periodic === terms.periodic &&
    earlier.merchantAccountNo === terms.merchantAccountNo
  )
}

async function findOrCreate(contracts: Contracts, terms: ContractTerms): Promise<Contract> {
  return contracts.find(terms) ?? contracts.create(terms)
}

/** The links lead to the sandbox's own page, at the address that the merchant called. */
function describeRequest(contract: Contract, received: ExchangeRequest): Answer {
  const preContractId = preContractIdOf(contract)
  const link = `http://${received.header('host')}/binance-pay/contracts/${preContractId}`
  return payAnswer({
    merchantId: bareNumber(MERCHANT_ID),
    preContractId,
    contractEndTime: contract.contractEndTime,
    requestExpireTime: contract.requestExpireTime,
    qrContent: link,
    qrcodeLink: link,
    deeplink: link,
  })
}
