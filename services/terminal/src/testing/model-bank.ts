import { type Amount, amountOf, formatAmount, parseAmount } from '@tolem/money/amount'
import type { Answer, Heard } from './bank-api.ts'

/** One row of a hold; amounts in tiyn. */
type Row = {
  readonly id: string
  readonly key: string
  readonly parent: string | undefined
  readonly cardToken: string
  readonly type: string
  approved: bigint
  released: bigint
  cleared: bigint
  readonly movements: object[]
}

type Body = Readonly<Record<string, unknown>>
type Wire = { readonly value: string; readonly currency: string }

/** What the model refuses in one piece of cash, as the pilot programme does. */
const MOST_CASH = 20_000_000n
const messages = { kk: '', ru: '', en: '' }

type Model = {
  readonly rows: Row[]
  /** Why a message is declined that comes after the one which names it. */
  readonly tombstones: Map<string, string>
  readonly statusByCard: Map<string, unknown>
  readonly nextId: (prefix: string) => string
}

/**
 * Answers as the contract says, for a wallet that has enough and an exchange that always works. The same message gets
 * the same answer.
 */
export function createTestBank(): (heard: Heard) => Answer {
  const answered = new Map<string, object>()
  let count = 0
  const model: Model = {
    rows: [],
    tombstones: new Map(),
    statusByCard: new Map(),
    nextId: (prefix) => `${prefix}_0199f2a0-0000-7000-8000-${String(++count).padStart(12, '0')}`,
  }
  return ({ call, body }) => {
    const [method, path = ''] = call.split(' ')
    if (method === 'PUT') {
      const cardToken = path.slice('/v1/cards/'.length)
      model.statusByCard.set(cardToken, body['status'])
      return [200, { ...body, limits: {}, cardToken, version: 1 }]
    }
    if (method === 'GET') return [200, toRecord(model.rows.find(({ id }) => path.endsWith(id)))]
    const key = `${path} ${keyOf(body)}`
    const answer = answered.get(key) ?? CALLS[path]?.(model, body) ?? {}
    answered.set(key, answer)
    return [200, answer]
  }
}

const CALLS: Readonly<Record<string, (model: Model, body: Body) => object>> = {
  '/v1/authorizations': (model, body) => decide(model, body),
  '/v1/increments': (model, body) => decide(model, body, find(model, body['original'])),
  '/v1/advices': advise,
  '/v1/reversals': reverse,
  '/v1/clearings': clear,
  '/v1/refunds': refund,
}

function decide(model: Model, body: Body, parent?: Row): object {
  const reason = refusalOf(model, body, parent)
  if (reason !== undefined) {
    const { id: authorizationId } = addRow(model, body, { approved: 0n, parent })
    return { authorizationId, decision: 'declined', responseCode: '05', reason, messages }
  }
  const asked = tengeOf(body)
  const cash = toTiyn(body['cashbackAmount'])
  const approved = cash > MOST_CASH ? asked - cash : asked
  return {
    authorizationId: addRow(model, body, { approved, parent }).id,
    decision: approved === asked ? 'approved' : 'partially_approved',
    responseCode: approved === asked ? '00' : '87',
    approvedAmount: toWire(approved),
    messages,
  }
}

function refusalOf(model: Model, body: Body, parent: Row | undefined): string | undefined {
  const status = model.statusByCard.get(String(body['cardToken']))
  if (status !== 'active') return `card_${String(status)}`
  if (parent && openOf(...holdOf(model, parent)) === 0n) return 'original_closed'
  const isInTenge = body['billingAmount'] ?? currencyOf(body['transactionAmount']) === 'KZT'
  return model.tombstones.get(keyOf(body)) ?? (isInTenge ? undefined : 'currency_not_supported')
}

function advise(model: Model, body: Body): object {
  const { decision, original } = body
  if (original) model.tombstones.set(keyOf(original), 'advised_before_authorization')
  const approved = decision === 'approved' ? tengeOf(body) : 0n
  const { id: authorizationId } = addRow(model, body, { approved })
  return { authorizationId, responseCode: '00', outcome: decision }
}

function reverse(model: Model, body: Body): object {
  const head = { reversalId: model.nextId('rev'), responseCode: '00' }
  const row = find(model, body['original'])
  if (!row) {
    model.tombstones.set(keyOf(body['original']), 'reversed_before_authorization')
    return { ...head, outcome: 'recorded_before_original' }
  }
  const authorizationId = row.id
  const parts = row.parent === undefined ? holdOf(model, row) : [row]
  if (parts.every(({ approved }) => approved === 0n))
    return { ...head, outcome: 'nothing_to_reverse', authorizationId }
  const left = toTiyn(body['replacementAmount'])
  const released = release(parts, openOf(...parts) - left)
  const whole = left === 0n ? 'reversed' : 'partially_reversed'
  return {
    ...head,
    outcome: released === 0n ? 'already_reversed' : whole,
    authorizationId,
    releasedAmount: toWire(released),
    heldAmount: toWire(openOf(...parts)),
  }
}

function clear(model: Model, body: Body): object {
  const amount = toTiyn(body['clearingAmount'])
  const row = find(model, body['original']) ?? addRow(model, body, { approved: 0n })
  const parts = holdOf(model, row)
  const fromHold = least(amount, openOf(...parts))
  let rest = fromHold
  for (const part of parts) {
    const piece = least(rest, openOf(part))
    part.cleared += piece
    rest -= piece
  }
  const exposed = amount - fromHold
  if (exposed > 0n) move(row, 'debit', exposed)
  const released = body['last'] === false ? 0n : release(parts, openOf(...parts))
  return {
    clearingId: model.nextId('clr'),
    responseCode: '00',
    outcome: exposed > 0n ? 'cleared_beyond_hold' : 'cleared',
    authorizationId: row.id,
    clearedAmount: toWire(amount),
    fromHoldAmount: toWire(fromHold),
    exposedAmount: toWire(exposed),
    releasedAmount: toWire(released),
  }
}

function refund(model: Model, body: Body): object {
  const amount = toTiyn(body['refundAmount'])
  const row = find(model, body['original'])
  if (row) move(row, 'credit', amount)
  const head = { refundId: model.nextId('rfd'), decision: 'approved', responseCode: '00' }
  return { ...head, refundedAmount: toWire(amount), messages }
}

function find({ rows }: Model, original: unknown): Row | undefined {
  if (!original) return undefined
  const { authorizationId } = original as Body
  return rows.find(({ id, key }) => id === authorizationId || key === keyOf(original))
}

function addRow(
  { rows, nextId }: Model,
  body: Body,
  { approved, parent }: { readonly approved: bigint; readonly parent?: Row | undefined },
): Row {
  const row: Row = {
    id: nextId('aut'),
    key: keyOf(body),
    parent: parent?.id,
    cardToken: String(body['cardToken']),
    type: String(body['type']),
    approved,
    released: 0n,
    cleared: 0n,
    movements: [],
  }
  rows.push(row)
  if (approved > 0n) move(row, 'debit', approved)
  return row
}

/** All rows of a hold, the first one first. */
function holdOf({ rows }: Model, { id, parent }: Row): readonly Row[] {
  const first = parent ?? id
  return rows.filter((row) => row.id === first || row.parent === first)
}

/** From the last part to the first. Gives what was released. */
function release(parts: readonly Row[], amount: bigint): bigint {
  let rest = amount
  for (const part of parts.toReversed()) {
    const piece = least(rest, openOf(part))
    part.released += piece
    rest -= piece
    if (piece > 0n) move(part, 'credit', piece)
  }
  return amount - rest
}

/** Whatever its kind: the numbers of a message are never given twice in a run. */
function keyOf(message: unknown): string {
  const { systemTraceAuditNumber, retrievalReferenceNumber } = message as Body
  return `${String(systemTraceAuditNumber)}/${String(retrievalReferenceNumber)}`
}

function openOf(...parts: readonly Row[]): bigint {
  return parts.reduce((sum, row) => sum + row.approved - row.released - row.cleared, 0n)
}

function move({ id, movements }: Row, kind: 'debit' | 'credit', tiyn: bigint): void {
  movements.push({
    kind,
    purpose: kind === 'debit' ? 'authorization' : 'release',
    reference: `${id}/${movements.length}`,
    exchange: 'bybit',
    asset: 'USDT',
    // Any rate will do, as long as it is exact.
    amount: formatAmount('USDT', amountOf('USDT', tiyn * 20n)),
    state: 'executed',
  })
}

function toRecord(row: Row | undefined): object {
  return {
    authorizationId: row?.id,
    kind: 'authorization',
    type: row?.type,
    cardToken: row?.cardToken,
    state: 'approved',
    final: false,
    increments: [],
    exposures: [],
    clearings: [],
    refunds: [],
    receivedAt: '2026-11-22T10:04:05.100Z',
    movements: row?.movements,
    events: [],
  }
}

function tengeOf(body: Body): bigint {
  return toTiyn(body['billingAmount'] ?? body['transactionAmount'])
}

function currencyOf(amount: unknown): string | undefined {
  return (amount as Wire | undefined)?.currency
}

/** Nothing where there is no amount. */
function toTiyn(amount: unknown): bigint {
  const parsed = parseAmount('KZT', (amount as Wire | undefined)?.value ?? '0')
  return parsed.ok ? parsed.value : 0n
}

function toWire(tiyn: bigint): Wire {
  return { value: formatAmount('KZT', tiyn as Amount<'KZT'>), currency: 'KZT' }
}

function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}
