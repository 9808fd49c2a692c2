import type { NewClearing, RecordedOfMany } from '@tolem/authorizations/holds'
import { CLEARING_OUTCOMES } from '@tolem/domain/clearing'
import type { BankId, ClearingId } from '@tolem/domain/ids'
import { PostgresFault } from '@tolem/postgres/fault'
import { clearingAnswer, parseClearing, renderClearing } from '@tolem/wire/clearing'
import type { FieldError, WireAnswer } from '@tolem/wire/problem'
import { z } from 'zod'
import type { FileRecord } from './records.ts'

/** What became of a record. A `repeat` was recorded before, by this file's other records, another file, or a call. */
export const RESULTS = [...CLEARING_OUTCOMES, 'repeat', 'refused', 'failed'] as const

/** One line of the report. Amounts are decimal texts in tenge. */
export type ReportLine = RecordedLine | RefusedLine

type RecordedLine = {
  readonly line: number
  readonly result: Exclude<(typeof RESULTS)[number], 'refused' | 'failed'>
  readonly clearingId: string
  readonly authorizationId: string
  readonly clearedAmount: string
  readonly fromHoldAmount: string
  readonly exposedAmount: string
  readonly releasedAmount: string
}

type RefusedLine = {
  readonly line: number
  readonly result: 'refused' | 'failed'
  readonly errors: readonly FieldError[]
}

/** A record that was read: a presentment to record, or the reason why it is refused. */
export type Judged = { readonly line: number } & (
  | { readonly kind: 'new'; readonly clearing: NewClearing }
  | { readonly kind: 'refused'; readonly errors: readonly FieldError[] }
)

/** Holds a record to the schema of `POST /v1/clearings`. What a refusal says repeats nothing of the record. */
export function judge(
  record: FileRecord,
  given: { readonly bank: BankId; readonly id: ClearingId; readonly now: number },
): Judged {
  const { line } = record
  if (record.kind === 'flawed') return { line, kind: 'refused', errors: record.errors }
  const parsed = parseClearing(given.bank, record.bytes)
  if (!parsed.ok) return { line, kind: 'refused', errors: errorsOf(parsed.answer) }
  const { id } = given
  const request = parsed.value
  return {
    line,
    kind: 'new',
    clearing: {
      id,
      request,
      receivedAt: given.now,
      requestBody: Buffer.from(record.bytes).toString(),
      render: (found) => renderClearing({ id, amount: request.amount, ...found }),
    },
  }
}

const problemBody = z.object({
  title: z.string(),
  detail: z.string().optional(),
  errors: z.array(z.object({ pointer: z.string(), detail: z.string() })).optional(),
})

/** The errors that the API would answer with. */
function errorsOf({ body }: WireAnswer): readonly FieldError[] {
  const { title, detail, errors } = problemBody.parse(JSON.parse(body))
  return errors ?? [{ pointer: '', detail: detail ?? title }]
}

const KEY_REUSED = 'another presentment was sent under this network key'

/** The report's line of a record that was handed in. */
export function report(line: number, id: ClearingId, recorded: RecordedOfMany): ReportLine {
  switch (recorded.kind) {
    case 'mismatch':
      return { line, result: 'refused', errors: [{ pointer: '', detail: KEY_REUSED }] }
    case 'failed':
      return { line, result: 'failed', errors: [{ pointer: '', detail: whyOf(recorded.fault) }] }
    case 'recorded':
    case 'replay': {
      const answer = clearingAnswer.parse(JSON.parse(recorded.body))
      return {
        line,
        // Recorded under our own id: by this process, or by one that was killed before it could say so.
        result: answer.clearingId === id ? answer.outcome : 'repeat',
        clearingId: answer.clearingId,
        authorizationId: answer.authorizationId,
        clearedAmount: answer.clearedAmount.value,
        fromHoldAmount: answer.fromHoldAmount.value,
        exposedAmount: answer.exposedAmount.value,
        releasedAmount: answer.releasedAmount.value,
      }
    }
  }
}

/** The database's own trouble is thrown instead: this is about the one record. */
function whyOf(fault: unknown): string {
  if (!(fault instanceof PostgresFault)) return 'it could not be recorded: see the log'
  return `the database refused it (${fault.constraint ?? fault.sqlState ?? fault.code})`
}
