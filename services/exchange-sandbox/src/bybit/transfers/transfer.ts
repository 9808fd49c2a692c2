import type { Book } from '../../book.ts'
import type { Answer, Endpoint } from '../../call.ts'
import { parseCoins, scaleOf } from '../../coins.ts'
import { MASTER, type Operation } from '../../entries.ts'
import type { Fault } from '../../faults.ts'
import { whenSaved } from '../../when-saved.ts'
import { v5Answer, v5Refusal } from '../answers.ts'
import { type Fields, text } from '../gate.ts'
import { effectOf, statusOf } from '../pay/trade.ts'
import { type Admitted, createSignedGate, type SignedDeps } from '../v5/signed-gate.ts'
import { type Member, memberAt } from './members.ts'

/** What the transfer endpoints share. */
export type TransferDeps = SignedDeps & { readonly book: Book }

/** Within whose references a transferId is unique: all transfers together. */
export const TRANSFER_PARTY = 'universal-transfer'

/** Who may call the transfer endpoints: the master's key, or a sub-account's own. */
export const TRANSFER_PERMISSION = {
  group: 'Wallet',
  anyOf: ['SubMemberTransfer', 'SubMemberTransferList'],
} as const

const ACCOUNT_TYPES = new Set(['UNIFIED', 'FUND'])

const UUID = /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i

/** A transfer as asked for, checked for form. */
type Transfer = {
  readonly transferId: string
  readonly from: Member
  readonly to: Member
  readonly asset: string
  readonly units: bigint
  readonly echo: Readonly<Record<string, string>>
}

/**
 * POST /v5/asset/transfer/universal-transfer: sub-account to master is a debit, master to sub-account a credit. A
 * transferId is used once for ever: a repeat is refused with 131214, and the first transfer stands. A transfer refused
 * for want of money leaves it free.
 */
export function transferEndpoint(deps: TransferDeps): Endpoint {
  const admit = createSignedGate(deps, {
    perSecond: deps.config.SANDBOX_BYBIT_TRANSFER_PER_SECOND,
    permission: TRANSFER_PERMISSION,
    writes: true,
  })
  return (request) => {
    const admitted = admit(request)
    if ('status' in admitted) return admitted
    const transfer = readTransfer(admitted, deps)
    if ('status' in transfer) return transfer
    const { headers, failures } = admitted
    const isDebit = transfer.from.wallet !== MASTER
    return {
      operation: isDebit ? 'debit' : 'credit',
      wallet: isDebit ? transfer.from.wallet : transfer.to.wallet,
      headers,
      failures,
      run: (fault) => run(deps, transfer, fault),
    }
  }
}

/** The transfer with this id, whichever way it went. */
export function findTransfer(book: Book, transferId: string): Operation | undefined {
  const key = { exchange: 'bybit', party: TRANSFER_PARTY, reference: transferId } as const
  return book.find({ ...key, kind: 'debit' }) ?? book.find({ ...key, kind: 'credit' })
}

function run(deps: TransferDeps, transfer: Transfer, fault: Fault | undefined) {
  const { book, now } = deps
  const { transferId, from, to, asset, units, echo } = transfer
  const earlier = findTransfer(book, transferId)
  if (earlier !== undefined) return whenSaved(earlier, exists(now()))
  if (fault?.kind === 'duplicate_code' && !fault.executes) return exists(now())
  const poor = checkMoney(deps, transfer, fault)
  if (poor !== undefined) return poor
  const operation = book.post({
    exchange: 'bybit',
    kind: from.wallet === MASTER ? 'credit' : 'debit',
    party: TRANSFER_PARTY,
    reference: transferId,
    from: from.wallet,
    to: to.wallet,
    asset,
    units,
    echo,
    ...effectOf(fault, now()),
    interim: 'PENDING',
  })
  if (fault?.kind === 'duplicate_code') return whenSaved(operation, exists(now()))
  return whenSaved(operation, answerTo(operation, fault, now()))
}

function answerTo(operation: Operation, fault: Fault | undefined, time: number): Answer {
  const { reference } = operation
  const transferId = fault?.kind === 'wrong_echo' ? reference.replace(/^./, 'x') : reference
  const isUnknown = fault?.kind === 'unknown_status'
  const status = isUnknown ? 'STATUS_UNKNOWN' : statusOf(operation, time)
  return v5Answer({ transferId, status }, time, 'success')
}

/** 131228 where the money is there, but frozen; 131212 where it is not. */
function checkMoney(
  { book, now }: TransferDeps,
  { from, asset, units }: Transfer,
  fault: Fault | undefined,
): Answer | undefined {
  const balance = book.wallet('bybit', from.wallet)?.balances.get(asset) ?? 0n
  if (fault?.kind === 'insufficient' || balance < units) {
    return v5Refusal(131212, 'Insufficient balance', now())
  }
  if (book.covers('bybit', from.wallet, { asset, units })) return undefined
  return v5Refusal(131228, 'balance not enough, please check transfer safe amount', now())
}

function exists(time: number): Answer {
  return v5Refusal(131214, 'TransferId exist', time)
}

function readTransfer(admitted: Admitted, deps: TransferDeps): Transfer | Answer {
  const { fields } = admitted
  const refuse = (code: number, message: string) => v5Refusal(code, message, deps.now())
  const transferId = text(fields, 'transferId').toLowerCase()
  if (!UUID.test(transferId)) return refuse(131203, 'param error: transferId')
  const types = ['fromAccountType', 'toAccountType'].map((name) => text(fields, name))
  if (!types.every((type) => ACCOUNT_TYPES.has(type))) {
    return refuse(131203, 'param error: accountType')
  }
  const money = readMoney(fields)
  if (typeof money === 'number') return refuse(money, AMOUNT_REFUSALS[money])
  const ids = ['fromMemberId', 'toMemberId'].map((name) => fields[name])
  if (!ids.every(Number.isSafeInteger)) return refuse(131202, 'memberId error')
  const [from, to] = ids.map((id) => memberAt(deps, String(id)))
  if (from === undefined || to === undefined) return refuse(131207, 'account not exist')
  const refusal = checkParties(admitted, from, to)
  if (refusal !== undefined) return refuse(...refusal)
  const echo = { fromAccountType: types[0] ?? '', toAccountType: types[1] ?? '' }
  return { transferId, from, to, ...money, echo }
}

/** Not to oneself; a sub-account's key only from itself; and only between the master and its own. */
function checkParties(
  admitted: Admitted,
  from: Member,
  to: Member,
): [code: number, message: string] | undefined {
  if (from.wallet === to.wallet) return [131208, 'Forbid transfer: the same UID']
  if (!admitted.isMaster && from.uid !== admitted.uid) return [131227, 'no universal permission']
  if (from.wallet === MASTER || to.wallet === MASTER) return undefined
  return [131209, 'sub-member relation error']
}

const AMOUNT_REFUSALS = {
  131203: 'param error: coin',
  131210: 'transfer amount accuracy error',
  131215: 'transfer amount error',
} as const

function readMoney(
  fields: Fields,
): { asset: string; units: bigint } | keyof typeof AMOUNT_REFUSALS {
  const asset = text(fields, 'coin')
  const scale = scaleOf('bybit', asset)
  if (scale === undefined) return 131203
  const amount = text(fields, 'amount')
  const units = parseCoins(amount, scale)
  if (units === undefined) return /^\d{1,30}\.\d{1,30}$/.test(amount) ? 131210 : 131215
  return units === 0n ? 131215 : { asset, units }
}
