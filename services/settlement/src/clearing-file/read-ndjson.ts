import { type FileRecord, flawed, LONGEST_RECORD } from './records.ts'

const LINE_FEED = 0x0a
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * The records of an NDJSON file, one JSON object a line; empty lines are none. A line is held in memory only up to the
 * longest that a record may have. A last line without a line break counts when it is whole, and is flawed when it is
 * not: JSON tells where it ends.
 */
export async function* readNdjson(chunks: AsyncIterable<Buffer>): AsyncGenerator<FileRecord> {
  let line = 1
  let held = createHolder()
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      held.add(chunk.subarray(start, end))
      yield* recordOf(held.take(), line, false)
      held = createHolder()
      line += 1
      start = end + 1
    }
    held.add(chunk.subarray(start))
  }
  yield* recordOf(held.take(), line, true)
}

/** Keeps the bytes of one line; of a line that is too long it keeps that alone. */
function createHolder() {
  let parts: Buffer[] = []
  let length = 0
  return {
    add(part: Buffer): void {
      length += part.length
      // Copied, because a small rest would keep the whole chunk alive.
      if (length <= LONGEST_RECORD) parts.push(Buffer.from(part))
      else parts = []
    },
    take: () => (length <= LONGEST_RECORD ? Buffer.concat(parts) : undefined),
  }
}

function* recordOf(
  bytes: Buffer | undefined,
  line: number,
  isLast: boolean,
): Generator<FileRecord> {
  if (!bytes) {
    yield flawed(line, `longer than ${LONGEST_RECORD} bytes`)
    return
  }
  const hasMark = line === 1 && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)
  const text = hasMark ? bytes.subarray(3) : bytes
  if (text.every((byte) => byte === 0x20 || byte === 0x0d || byte === 0x09)) return
  if (isLast && !isWhole(text)) yield flawed(line, 'cut off: the file ends inside this record')
  else yield { line, kind: 'body', bytes: text }
}

function isWhole(text: Buffer): boolean {
  try {
    JSON.parse(text.toString())
    return true
  } catch {
    // Whatever else is wrong with it is said as well: it was not written to its end.
    return false
  }
}
