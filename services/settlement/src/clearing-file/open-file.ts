import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { BadFile } from './bad-file.ts'
import { readCsv } from './read-csv.ts'
import { readNdjson } from './read-ndjson.ts'
import type { FileRecord } from './records.ts'

/** A file that can be read, and that is known by its bytes. */
export type OpenedFile = {
  readonly format: 'ndjson' | 'csv'
  /** SHA-256 of all of its bytes. */
  readonly digest: Buffer
  /** From its beginning, in bounded memory: the next record is read when the one before it was taken. */
  readonly records: () => AsyncGenerator<FileRecord>
  /** Were its bytes the same all the while? */
  readonly isUnchanged: () => Promise<boolean>
}

// Enough to see what a file is.
const HEAD_BYTES = 4_096

/**
 * Looks at a file: what it is by its name, or by its first bytes where the name does not say.
 *
 * @throws {BadFile} when it is not there, is empty, or is surely not UTF-8 text.
 */
export async function openFile(path: string): Promise<OpenedFile> {
  const head = await readHead(path)
  if (head.every((byte) => byte <= 0x20)) throw new BadFile('the file is empty')
  const isUtf16 = (head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)
  if (isUtf16 || head.includes(0)) throw new BadFile('the file is not UTF-8 text: save it as UTF-8')
  const format = formatOf(path, head)
  const read = () => createReadStream(path, { highWaterMark: 65_536 })
  const before = await stat(path)
  const digest = await digestOf(read())
  return {
    format,
    digest,
    records: () => (format === 'csv' ? readCsv(read()) : readNdjson(read())),
    async isUnchanged() {
      const now = await stat(path)
      return now.size === before.size && now.mtimeMs === before.mtimeMs
    },
  }
}

async function readHead(path: string): Promise<Buffer> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw new BadFile(`the file cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

function formatOf(path: string, head: Buffer): OpenedFile['format'] {
  const extension = extname(path).toLowerCase()
  if (extension === '.csv') return 'csv'
  if (['.ndjson', '.jsonl'].includes(extension)) return 'ndjson'
  return /^(\uFEFF)?\s*\{/.test(head.toString()) ? 'ndjson' : 'csv'
}

async function digestOf(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const hash = createHash('sha256')
  for await (const chunk of chunks) hash.update(chunk)
  return hash.digest()
}
