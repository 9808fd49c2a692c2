import type { Book } from '../book.ts'
import type { Answer, Call, Endpoint } from '../call.ts'
import { parseCoins, scaleOf } from '../coins.ts'
import type { SandboxConfig } from '../config.ts'
import { MASTER, type Operation } from '../entries.ts'
import { type Fault, isPending, PENDING_MS } from '../faults.ts'
import { isPlainText } from '../plain-text.ts'
import { whenSaved } from '../when-saved.ts'
import { binanceAnswer, binanceError, malformed, unknownExecution } from './answers.ts'
import type { Gate } from './gate.ts'

/** tranId of the first transfer: Binance's own are eleven digits. */
const FIRST_TRAN_ID = 11_945_860_000

const ACCOUNT_TYPES = new Set(['SPOT', 'USDT_FUTURE', 'COIN_FUTURE', 'MARGIN', 'ISOLATED_MARGIN'])

export const UNIVERSAL_TRANSFER = '/sapi/v1/sub-account/universalTransfer'

type Deps = { config: SandboxConfig; book: Book; gate: Gate; now: () => number }

/** A transfer as asked for, checked for form. */
type Transfer = {
  readonly from: string
  readonly to: string
  readonly asset: string
  readonly units: bigint
  readonly clientTranId: string
  readonly echo: Readonly<Record<string, string>>
}

/**
 * POST /sapi/v1/sub-account/universalTransfer: sub-account to master is a debit, master to sub-account a credit. A
 * clientTranId is used once for ever: a repeat is refused with the configured code, and the first transfer stands.
 */
export function transferEndpoint(deps: Deps): Endpoint {
  const cost = {
    path: `POST ${UNIVERSAL_TRANSFER}`,
    weight: deps.config.SANDBOX_BINANCE_TRANSFER_WEIGHT,
    by: 'uid',
  } as const
  return (request) => {
    const admitted = deps.gate.signed(request, cost)
    if ('status' in admitted) return admitted
    const transfer = readTransfer(admitted.params, deps)
    if ('status' in transfer) return transfer
    const { headers, recheck } = admitted
    const isDebit = transfer.from !== MASTER
    const call: Call = {
      operation: isDebit ? 'debit' : 'credit',
      wallet: isDebit ? transfer.from : transfer.to,
      headers,
      recheck,
      run: (fault) => run(deps, transfer, fault),
    }
    return call
  }
}

/** Binance's number for a transfer. */
export function tranIdOf(operation: Operation): number {
  return FIRST_TRAN_ID + operation.number
}

function run(deps: Deps, transfer: Transfer, fault: Fault | undefined): Answer | Promise<Answer> {
  const { book } = deps
  const key = {
    exchange: 'binance',
    kind: transfer.from === MASTER ? 'credit' : 'debit',
    party: '',
    reference: transfer.clientTranId,
  } as const
  const earlier = book.find(key)
  if (earlier !== undefined) return whenSaved(earlier, duplicateRefusal(deps))
  if (fault?.kind === 'duplicate_code' && !fault.executes) return duplicateRefusal(deps)
  if (fault?.kind === 'insufficient' || !book.covers('binance', transfer.from, transfer)) {
    return binanceError(400, -9000, 'user have no avaliable amount')
  }
  const operation = book.post({
    ...key,
    from: transfer.from,
    to: transfer.to,
    asset: transfer.asset,
    units: transfer.units,
    ...(fault?.kind === 'pending_then_failed' ? { failure: 'FAILURE' } : {}),
    settlesAt: isPending(fault) ? deps.now() + (fault.delayMs || PENDING_MS) : 0,
    interim: 'PROCESS',
    executions: fault?.kind === 'execute_twice' ? 2 : 1,
    echo: transfer.echo,
  })
  return whenSaved(operation, answerTo(deps, operation, fault))
}

/** The answer has no status, so a transfer in progress is answered with "execution status unknown". */
function answerTo(deps: Deps, operation: Operation, fault: Fault | undefined): Answer {
  if (isPending(fault)) return unknownExecution()
  if (fault?.kind === 'duplicate_code') return duplicateRefusal(deps)
  const echoed = fault?.kind === 'wrong_echo' ? `${operation.reference}0` : operation.reference
  return binanceAnswer({ tranId: tranIdOf(operation), clientTranId: echoed })
}

function duplicateRefusal(deps: Deps): Answer {
  const code = deps.config.SANDBOX_BINANCE_DUPLICATE_CODE
  return binanceError(400, code, 'clientTranId is duplicated')
}

function readTransfer(params: URLSearchParams, deps: Deps): Transfer | Answer {
  const asset = params.get('asset') ?? ''
  const scale = scaleOf('binance', asset)
  if (scale === undefined) return malformed('asset')
  const amount = params.get('amount') ?? ''
  const units = parseCoins(amount, scale)
  if (units === undefined || units === 0n) return refuseAmount(amount)
  const wrongType = ['fromAccountType', 'toAccountType'].find(
    (name) => !ACCOUNT_TYPES.has(params.get(name) ?? ''),
  )
  if (wrongType !== undefined) return malformed(wrongType)
  const from = walletOf(params.get('fromEmail'), deps)
  const to = walletOf(params.get('toEmail'), deps)
  if (from === undefined) return malformed('fromEmail')
  if (to === undefined || to === from) return malformed('toEmail')
  const clientTranId =
    params.get('clientTranId') ?? `${deps.now()}-${deps.book.operations().length}`
  if (!isPlainText(clientTranId, 64)) return malformed('clientTranId')
  return { from, to, asset, units, clientTranId, echo: accountTypes(params) }
}

function refuseAmount(amount: string): Answer {
  if (!/^\d+\.\d{9,}$/.test(amount)) return malformed('amount')
  return binanceError(400, -1111, 'Precision is over the maximum defined for this asset.')
}

function accountTypes(params: URLSearchParams): Record<string, string> {
  return {
    fromAccountType: params.get('fromAccountType') ?? '',
    toAccountType: params.get('toAccountType') ?? '',
  }
}

/** An e-mail left out, or the master's own, means the master. Undefined when there is no such sub-account. */
function walletOf(email: string | null, deps: Deps): string | undefined {
  if (email === null || email === '') return MASTER
  if (email === deps.config.SANDBOX_BINANCE_MASTER_EMAIL) return MASTER
  return deps.book.wallet('binance', email) === undefined ? undefined : email
}
