import type { ExchangeId } from '@tolem/domain/ids'
import type {
  EndResult,
  MandateOrder,
  MandateReference,
  MandateState,
  OfferResult,
} from '@tolem/domain/mandate'
import { amountOf } from '@tolem/money/amount'
import { z } from 'zod'
import { ledgerStep } from '../coins.ts'
import type { Purpose } from '../http/gate.ts'
import type { Answer } from '../http/send.ts'
import type { KnownMandate, MandatePort } from '../mandate-port.ts'
import type { CallLimit } from '../port.ts'
import type { BinancePaySettings } from '../settings.ts'
import { callPay, type PayAnswer, type PayLine, readPayAnswer } from './call.ts'
import { isNotFound, meaningOf, type PayEndpoint } from './codes.ts'
import { CONTRACT_ASSETS, writeNumber } from './units.ts'

type ContractDeps = PayLine & {
  readonly exchange: ExchangeId
  readonly settings: BinancePaySettings
}

const ROOT = '/direct-debit/contract'

/** What Binance Pay allows a debit of any scenario where nothing else was agreed: 50 of a dollar's coins. */
const AGREED_SINGLE_LIMIT = 5_000_000_000n

/** Said to the cardholder where a contract ends by our call. */
const TERMINATION_NOTES = 'Ended at the request of the bank or the cardholder'

/**
 * Contracts of direct debit (Binance Pay, Direct Debit): not periodic, because purchases come whenever they come, and
 * in one asset each. What a repeated request for a contract answers is not published, so whatever is not an offer is
 * in doubt and found by its query. No notice follows when we end a contract ourselves.
 */
export function createBinancePayContracts(deps: ContractDeps): MandatePort {
  return {
    exchange: deps.exchange,
    rail: 'binance-pay',
    mostAssets: 1,
    offer: (order, limit) => offer(deps, order, limit),
    async find(mandate, limit) {
      const answer = await call(deps, limit, { path: '/query', body: nameOf(mandate) })
      return judgeContract(answer, mandate.reference)
    },
    async end(mandate, limit) {
      const body = { ...nameOf(mandate), terminationNotes: TERMINATION_NOTES }
      return judgeEnd(await call(deps, limit, { path: '/termination', body, purpose: 'credit' }))
    },
  }
}

async function offer(
  deps: ContractDeps,
  order: MandateOrder,
  limit: CallLimit,
): Promise<OfferResult> {
  const [asset, ...others] = order.assets
  if (others.length > 0) return { kind: 'rejected', detail: 'not sent: a contract has one asset' }
  if (!CONTRACT_ASSETS.includes(asset))
    return { kind: 'rejected', detail: `not sent: no contract is in ${asset}` }
  const singleLimit = order.singleLimit ?? amountOf(asset, AGREED_SINGLE_LIMIT)
  if (singleLimit <= 0n || singleLimit % ledgerStep(asset) !== 0n)
    return { kind: 'rejected', detail: 'not sent: not a multiple of the step' }
  const body = {
    merchantContractCode: order.reference,
    serviceName: deps.settings.serviceName,
    scenarioCode: deps.settings.scenarioCode,
    singleUpperLimit: writeNumber(asset, singleLimit),
    currency: asset,
    periodic: false,
    merchantAccountNo: order.cardholder,
  }
  return judgeOffer(await call(deps, limit, { path: '', body, purpose: 'credit' }))
}

function call(
  deps: ContractDeps,
  limit: CallLimit,
  {
    path,
    body,
    purpose = 'look_up',
  }: { readonly path: string; readonly body: object; readonly purpose?: Purpose },
): Promise<Answer> {
  return callPay(deps, { path: `${ROOT}${path}`, body, purpose, limit })
}

/** A signed contract has an id, beyond 2^53: a text, as in the documents' own samples. */
function nameOf({ reference, walletId }: KnownMandate) {
  return walletId === undefined ? { merchantContractCode: reference } : { contractId: walletId }
}

const milliseconds = z
  .string()
  .regex(/^[0-9]{13}$/)
  .transform(Number)

const offered = z.object({
  preContractId: z.string().min(1).max(64),
  requestExpireTime: milliseconds,
  qrContent: z.string().min(1).max(2_048),
  deeplink: z.string().min(1).max(2_048),
})

function judgeOffer(answer: Answer): OfferResult {
  const read = readPayAnswer(answer)
  if (read.kind !== 'data') return judgeRefusal(read, 'offer')
  const parsed = offered.safeParse(read.data)
  if (!parsed.success) return { kind: 'in_doubt', detail: 'success without an offer' }
  const { preContractId, requestExpireTime, qrContent, deeplink } = parsed.data
  return {
    kind: 'offered',
    offer: {
      exchangeReference: preContractId,
      link: deeplink,
      qrCode: qrContent,
      expiresAt: requestExpireTime,
    },
  }
}

const contract = z.object({
  bizStatus: z.string(),
  merchantContractCode: z.string(),
  contractId: z
    .string()
    .regex(/^[1-9][0-9]{0,18}$/)
    .nullish(),
  openUserId: z.string().min(1).max(64).nullish(),
})

function judgeContract(answer: Answer, reference: MandateReference): MandateState {
  const read = readPayAnswer(answer)
  if (read.kind === 'code')
    return isNotFound(read.code, 'contract')
      ? { kind: 'not_found' }
      : { kind: 'unknown', detail: `code ${read.code}` }
  if (read.kind !== 'data') return unknown('detail' in read ? read.detail : 'no contract')
  const parsed = contract.safeParse(read.data)
  if (!parsed.success) return unknown('success without a contract')
  const { bizStatus, merchantContractCode, contractId, openUserId } = parsed.data
  if (merchantContractCode !== reference) return unknown('the answer is about another contract')
  switch (bizStatus) {
    case 'INITIAL':
      return { kind: 'unsigned' }
    case 'CONTRACT_SIGNED':
      if (!contractId) return unknown('signed without an id')
      return { kind: 'signed', walletId: contractId, ...(openUserId && { userId: openUserId }) }
    case 'CONTRACT_TERMINATED':
    case 'CONTRACT_EXPIRED':
      return { kind: 'ended', detail: bizStatus }
    default:
      return unknown(`status ${bizStatus.slice(0, 30)}`)
  }
}

function unknown(detail: string): MandateState {
  return { kind: 'unknown', detail }
}

function judgeEnd(answer: Answer): EndResult {
  const read = readPayAnswer(answer)
  if (read.kind !== 'data') return judgeRefusal(read, 'end')
  return read.data === true
    ? { kind: 'ended' }
    : { kind: 'in_doubt', detail: 'success without the word for it' }
}

/** A certain refusal, or doubt. */
function judgeRefusal(
  read: Exclude<PayAnswer, { readonly kind: 'data' }>,
  endpoint: PayEndpoint,
): { readonly kind: 'rejected' | 'in_doubt'; readonly detail: string } {
  // Not sent, or turned away unread: to be asked again, and no answer to what was asked.
  if (read.kind !== 'code')
    return { kind: 'in_doubt', detail: 'detail' in read ? read.detail : 'no answer' }
  const { meaning, label } = meaningOf(read.code, endpoint)
  const isLater = meaning === 'throttled' || meaning === 'clock_off' || meaning === 'unclear'
  return { kind: isLater ? 'in_doubt' : 'rejected', detail: `${meaning}: ${label}` }
}
