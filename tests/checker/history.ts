import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

/**
 * One line of a bank's history: a call that begins, how it ended, a process that was held still, or a fault. `ok` is
 * an answer, `fail` a refusal that stored nothing, `info` everything that leaves the bank in doubt. Times are
 * milliseconds since 1970, amounts whole tenge and coins as decimal text.
 */
export type HistoryLine = Invoked | Ended | Frozen | Struck

export type Invoked = {
  readonly type: 'invoke'
  readonly op: number
  readonly at: number
  /** Of the path: `authorizations`, `reversals`, … */
  readonly call: string
  readonly bank: string
  /** Local date and time, acquirer, terminal, STAN and RRN, joined by slashes. */
  readonly key: string
  /** Which process was asked. */
  readonly process: number
  /** The op of the first copy of the same message. */
  readonly repeatOf?: number | undefined
  readonly original?: { readonly kind: string; readonly key: string } | undefined
  /** Of a reversal: that nothing shall be left. */
  readonly full?: boolean | undefined
  readonly amount?: string | undefined
}

export type Ended = {
  readonly type: 'ok' | 'fail' | 'info'
  readonly op: number
  readonly at: number
  readonly status?: number
  /** SHA-256 of the exact bytes of the body, in hex. */
  readonly digest?: string
  readonly decision?: string
  readonly outcome?: string
  readonly reason?: string
  readonly code?: string
  readonly problem?: string
  readonly error?: string
  readonly id?: string
  readonly approved?: string
  /** Exchange, asset, coins and tenge of each debit that the answer names. */
  readonly moved?: readonly (readonly [string, string, string, string])[]
  readonly waitedMs?: number
  readonly workedMs?: number | undefined
}

export type Frozen = {
  readonly type: 'frozen'
  readonly at: number
  readonly until: number
  readonly process: number
}

/** Something that was made to go wrong: told to people, and not judged. */
export type Struck = {
  readonly type: 'fault'
  readonly at: number
  readonly until: number
  readonly name: string
}

/** A call with its end, as the table `heard` takes it. */
export type HeardRow = Readonly<Record<string, unknown>>

export type History = {
  readonly rows: readonly HeardRow[]
  readonly frozen: readonly Frozen[]
}

const ROWS_AT_ONCE = 2_000

/**
 * Reads a history piece by piece, each call joined to its end; only calls under way are kept. A line that is cut off
 * at the very end is what a killed writer leaves, and is ignored.
 *
 * @throws when the file contradicts itself: an end without a beginning, two ends, an op twice.
 */
export async function* readHistory(file: string): AsyncGenerator<History> {
  const underWay = new Map<number, Invoked>()
  let rows: HeardRow[] = []
  let frozen: Frozen[] = []
  let cutOff: string | undefined
  let number = 0
  for await (const text of createInterface({ input: createReadStream(file) })) {
    number += 1
    if (cutOff !== undefined) throw new Error(`${file}: line ${number - 1} is not JSON: ${cutOff}`)
    const line = parse(text)
    if (line === undefined) cutOff = text
    else if (line.type === 'frozen') frozen.push(line)
    else if (line.type === 'fault') continue
    else if (line.type === 'invoke') {
      if (underWay.has(line.op)) throw new Error(`${file}:${number}: op ${line.op} begins twice`)
      underWay.set(line.op, line)
    } else {
      const begun = underWay.get(line.op)
      if (!begun) throw new Error(`${file}:${number}: op ${line.op} ends and is not under way`)
      underWay.delete(line.op)
      rows.push(toRow(begun, line))
    }
    if (rows.length < ROWS_AT_ONCE) continue
    yield { rows, frozen }
    rows = []
    frozen = []
  }
  // Whoever was never answered is in doubt.
  const unanswered = [...underWay.values()].map((begun) => toRow(begun, undefined))
  yield { rows: [...rows, ...unanswered], frozen }
}

function parse(text: string): HistoryLine | undefined {
  try {
    return JSON.parse(text)
  } catch {
    // The caller decides: only the last line may be so.
    return undefined
  }
}

function toRow(begun: Invoked, ended: Ended | undefined): HeardRow {
  return {
    op: begun.op,
    call: begun.call,
    bank: begun.bank,
    key: begun.key,
    at_process: begun.process,
    original_kind: begun.original?.kind,
    original_key: begun.original?.key,
    is_full: begun.full,
    invoked_at: begun.at,
    result: ended?.type ?? 'info',
    ...(ended && {
      answered_at: ended.at,
      status: ended.status,
      digest: ended.digest,
      decision: ended.decision,
      outcome: ended.outcome,
      problem: ended.problem,
      id: ended.id?.replace(/^[a-z]+_/, ''),
      approved: ended.approved === undefined ? undefined : toTiyn(ended.approved),
      moved: ended.moved,
      waited_ms: ended.waitedMs,
      worked_ms: ended.workedMs,
    }),
  }
}

/** `12500.00` is 1250000, as text: PostgreSQL reads it as a number of any length. */
function toTiyn(tenge: string): string {
  const [whole = '', decimals = ''] = tenge.split('.')
  return `${whole}${decimals.padEnd(2, '0')}`
}
