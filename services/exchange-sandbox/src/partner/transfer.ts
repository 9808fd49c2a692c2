import { z } from 'zod'
import type { Answer, Endpoint } from '../call.ts'
import { parseCoins, scaleOf } from '../coins.ts'
import { MASTER, type Operation } from '../entries.ts'
import type { Fault } from '../faults.ts'
import { whenSaved } from '../when-saved.ts'
import { ACCOUNT } from './accounts.ts'
import { partnerAnswer, partnerRefusal, type Refusal } from './answers.ts'
import type { PartnerDeps } from './deps.ts'
import {
  accountOf,
  describeTransfer,
  effectOf,
  findTransfer,
  REFERENCE,
  statusOf,
} from './transfer-states.ts'

const referenceText = z.string().regex(REFERENCE)

const common = {
  reference: referenceText,
  account: z.string().regex(ACCOUNT),
  asset: z.string(),
  amount: z.string(),
}

const form = z.discriminatedUnion('kind', [
  z.object({ ...common, kind: z.literal('debit'), debitReference: z.undefined().optional() }),
  z.object({ ...common, kind: z.literal('credit'), debitReference: referenceText }),
])

/** Whole coins without sign or exponent, at most eight decimals. */
const AMOUNT = /^\d{1,30}(\.\d{1,8})?$/

/** A transfer as asked for, checked for form. */
type Transfer = Omit<z.output<typeof form>, 'amount'> & { readonly units: bigint }

/**
 * POST /v1/transfers: takes from an account, or gives back. The same request again gives the transfer that is there and
 * moves nothing; its reference with other fields is refused. What is refused with an error leaves no transfer.
 */
export function transferEndpoint(deps: PartnerDeps): Endpoint {
  return (request) => {
    const admitted = deps.gate(request, 'transfer')
    if ('status' in admitted) return admitted
    const transfer = readTransfer(request.body)
    if (typeof transfer === 'string') return partnerRefusal(transfer)
    return {
      operation: transfer.kind,
      wallet: transfer.account,
      headers: {},
      recheck: admitted.recheck,
      run: (fault) => run(deps, transfer, fault),
    }
  }
}

function run(
  deps: PartnerDeps,
  transfer: Transfer,
  fault: Fault | undefined,
): Answer | Promise<Answer> {
  const { book, now } = deps
  const earlier = findTransfer(book, transfer.reference)
  if (earlier !== undefined) return repeat(deps, { earlier, transfer, fault })
  if (fault?.kind === 'duplicate_code' && !fault.executes) {
    return partnerRefusal('reference_reused')
  }
  const refusal = fault?.kind === 'insufficient' ? 'insufficient_funds' : check(deps, transfer)
  if (refusal !== undefined) return partnerRefusal(refusal)
  const { kind, reference, account, debitReference, asset, units } = transfer
  const isDebit = kind === 'debit'
  const operation = book.post({
    exchange: 'partner',
    kind,
    party: '',
    reference,
    ...(debitReference === undefined ? {} : { originalReference: debitReference }),
    from: isDebit ? account : MASTER,
    to: isDebit ? MASTER : account,
    asset,
    units,
    echo: {},
    ...effectOf(fault, now()),
  })
  return whenSaved(operation, partnerAnswer(describeTransfer(operation, fault, now())))
}

/** The transfer that is there, whatever its state, if the request is the same as its own. */
function repeat(
  { now }: PartnerDeps,
  given: {
    readonly earlier: Operation
    readonly transfer: Transfer
    readonly fault: Fault | undefined
  },
): Answer | Promise<Answer> {
  const { earlier, transfer, fault } = given
  const isSame =
    earlier.kind === transfer.kind &&
    accountOf(earlier) === transfer.account &&
    earlier.asset === transfer.asset &&
    earlier.units === transfer.units &&
    earlier.originalReference === transfer.debitReference
  if (!isSame) return whenSaved(earlier, partnerRefusal('reference_reused'))
  return whenSaved(earlier, partnerAnswer(describeTransfer(earlier, fault, now())))
}

/** Why it cannot be executed now. */
function check(deps: PartnerDeps, transfer: Transfer): Refusal | undefined {
  const { accounts, book } = deps
  const { account, kind } = transfer
  if (accounts.find(account) === undefined) return 'account_unknown'
  if (kind === 'debit' && accounts.stateOf(account) === 'closed') return 'account_closed'
  const refusal = kind === 'credit' ? checkCredit(deps, transfer) : undefined
  if (refusal !== undefined) return refusal
  const payer = kind === 'debit' ? account : MASTER
  return book.covers('partner', payer, transfer) ? undefined : 'insufficient_funds'
}

/** A credit gives back part of what one debit took; a debit that is pending or refused has taken nothing. */
function checkCredit(
  { book, now }: PartnerDeps,
  { account, asset, units, debitReference = '' }: Transfer,
): Refusal | undefined {
  const debit = findTransfer(book, debitReference)
  if (debit?.kind !== 'debit' || debit.from !== account || debit.asset !== asset) {
    return 'debit_unknown'
  }
  const taken = statusOf(debit, now()) === 'executed' ? takenBy(debit, book) : 0n
  return debit.credited + units > taken ? 'credit_exceeds_debit' : undefined
}

/** What was moved twice may go back twice. */
function takenBy(debit: Operation, { timesMoved }: PartnerDeps['book']): bigint {
  return debit.units * BigInt(timesMoved(debit))
}

function readTransfer(body: string): Transfer | Refusal {
  const read = form.safeParse(parse(body))
  if (!read.success) return 'malformed'
  const { amount, ...rest } = read.data
  const scale = scaleOf('partner', rest.asset)
  if (scale === undefined) return 'asset_unknown'
  const units = AMOUNT.test(amount) ? parseCoins(amount, scale) : undefined
  return units === undefined || units === 0n ? 'amount_invalid' : { ...rest, units }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    // What is no JSON is malformed, which the endpoint answers.
    return undefined
  }
}
