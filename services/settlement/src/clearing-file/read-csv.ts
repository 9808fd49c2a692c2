import { Readable } from 'node:stream'
import { CsvError, type Info, parse } from 'csv-parse'
import { BadFile } from './bad-file.ts'
import { readHeader, toBody } from './csv-header.ts'
import { type FileRecord, flawed, LONGEST_RECORD } from './records.ts'

type Row = { readonly info: Info; readonly record: readonly string[] }

/**
 * The records of a CSV file (RFC 4180, in UTF-8, with a header). A record's line is its last one. The last record must
 * end with a line break: without one nobody can tell `1250` from the beginning of `12500.00`.
 *
 * @throws {BadFile} when the text is not UTF-8, when the header is wrong, and where quotes do not pair: what follows
 * cannot be told apart any more.
 */
export async function* readCsv(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileRecord> {
  const end = { isBroken: true }
  const parser = Readable.from(decode(chunks, end)).compose(
    parse({
      bom: true,
      info: true,
      max_record_size: LONGEST_RECORD,
      relax_column_count: true,
      skip_empty_lines: true,
    }),
  )
  let header: readonly string[] | undefined
  let waiting: FileRecord | undefined
  try {
    for await (const { info, record } of parser as AsyncIterable<Row>) {
      if (header === undefined) {
        header = readHeader(record)
        continue
      }
      if (waiting) yield waiting
      waiting = toRecord(header, info.lines, record)
    }
  } catch (error) {
    throw explain(error)
  }
  if (header === undefined) return
  if (!waiting) return
  const cutOff =
    'the file ends without a line break: this record may be cut off. Add one if it is whole'
  yield end.isBroken ? waiting : flawed(waiting.line, cutOff)
}

function toRecord(header: readonly string[], line: number, cells: readonly string[]): FileRecord {
  const made = toBody(header, cells)
  if (!made.ok) return { line, kind: 'flawed', errors: [made.error] }
  return { line, kind: 'body', bytes: Buffer.from(JSON.stringify(made.body)) }
}

/** Strict UTF-8; sees whether the text ends with a line break. */
async function* decode(
  chunks: AsyncIterable<Buffer>,
  end: { isBroken: boolean },
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    for await (const chunk of chunks) {
      const text = decoder.decode(chunk, { stream: true })
      if (text === '') continue
      end.isBroken = /[\r\n]$/.test(text)
      yield text
    }
    decoder.decode()
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
    throw new BadFile('the file is not UTF-8')
  }
}

const EXPLAINED: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quote is opened and never closed',
  CSV_INVALID_CLOSING_QUOTE: 'text follows a closing quote',
  INVALID_OPENING_QUOTE: 'a quote stands inside an unquoted field',
  CSV_MAX_RECORD_SIZE: `a record is longer than ${LONGEST_RECORD} characters`,
}

/** Never the parser's own words: they may repeat what stands in the file. */
function explain(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error
  const line = typeof error['lines'] === 'number' ? `line ${error['lines']}: ` : ''
  return new BadFile(line + (EXPLAINED[error.code] ?? `not CSV (${error.code})`))
}
