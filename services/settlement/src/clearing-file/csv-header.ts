import type { FieldError } from '@tolem/wire/problem'
import { BadFile } from './bad-file.ts'

const KEY_FIELDS = [
  'acquirerId',
  'terminalId',
  'systemTraceAuditNumber',
  'retrievalReferenceNumber',
  'localDateTime',
] as const

/** Where each column's text goes: the path of a field in a presentment's body. */
const PATH_BY_COLUMN: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ['cardToken', ['cardToken']],
  ['clearingAmount', ['clearingAmount', 'value']],
  ['clearingAmountCurrency', ['clearingAmount', 'currency']],
  ['last', ['last']],
  ...KEY_FIELDS.map((name) => [name, [name]] as const),
  ['transmittedAt', ['transmittedAt']],
  ['repeat', ['repeat']],
  ...['authorizationId', 'messageKind', ...KEY_FIELDS].map(
    (name) =>
      [`original${name.charAt(0).toUpperCase()}${name.slice(1)}`, ['original', name]] as const,
  ),
])

const REQUIRED = ['cardToken', 'clearingAmount', ...KEY_FIELDS, 'transmittedAt'] as const
const TRUTHS: Readonly<Record<string, boolean>> = { true: true, false: false }
const BOOLEANS: ReadonlySet<string> = new Set(['last', 'repeat'])

/**
 * Reads the header line of a CSV file.
 *
 * @throws {BadFile} when a name is unknown or stands there twice, or when one that every record needs is not there. It
 * names the columns that are expected, never what it found: that may be anything.
 */
export function readHeader(names: readonly string[]): readonly string[] {
  const trimmed = names.map((name) => name.trim())
  const unknown = trimmed.findIndex((name) => !PATH_BY_COLUMN.has(name))
  const missing = REQUIRED.filter((name) => !trimmed.includes(name))
  if (missing.length === REQUIRED.length)
    throw new BadFile(`the first line is no header: ${expected()}`)
  if (unknown !== -1)
    throw new BadFile(`column ${unknown + 1} of the header is unknown: ${expected()}`)
  const twice = trimmed.find((name, index) => trimmed.indexOf(name) !== index)
  if (twice !== undefined) throw new BadFile(`the header names ${twice} twice`)
  if (missing.length > 0) throw new BadFile(`the header lacks ${missing.join(', ')}`)
  return trimmed
}

function expected(): string {
  return `the columns are ${[...PATH_BY_COLUMN.keys()].join(', ')}`
}

type Body = Record<string, unknown> & {
  original?: Record<string, unknown>
  clearingAmount?: Record<string, unknown>
}

/** A presentment's body out of the cells of one record; empty cells are absent fields, an amount is in KZT. */
export function toBody(
  header: readonly string[],
  cells: readonly string[],
):
  | { readonly ok: true; readonly body: object }
  | { readonly ok: false; readonly error: FieldError } {
  if (cells.length !== header.length) {
    const detail = `${cells.length} columns, where the header has ${header.length}`
    return { ok: false, error: { pointer: '', detail } }
  }
  const body: Body = { clearingAmount: { currency: 'KZT' } }
  for (const [index, cell] of cells.entries()) {
    const name = header[index] ?? ''
    const [field = '', inner] = PATH_BY_COLUMN.get(name) ?? []
    if (cell === '') continue
    const value = BOOLEANS.has(name) ? (TRUTHS[cell] ?? cell) : cell
    if (inner === undefined) body[field] = value
    else body[field] = { ...(body[field] as object | undefined), [inner]: value }
  }
  return { ok: true, body }
}
