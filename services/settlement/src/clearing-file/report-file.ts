import { createReadStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { BadFile } from './bad-file.ts'
import type { ReportLine } from './result.ts'

const LINE_FEED = 0x0a

/** The report of a file: one line of JSON for each of its records, in their order. */
export type ReportFile = {
  /** How many records it holds by now. */
  readonly lines: number
  readonly append: (lines: readonly ReportLine[]) => Promise<void>
  readonly close: () => Promise<void>
}

/**
 * Opens a report to go on with it. What it holds beyond `most` whole lines is cut off: a line that was written half,
 * and lines of records that are not known to be recorded. `isOurs` says that it was begun as this file's report.
 *
 * @throws {BadFile} when something else stands there, or nothing can be written there.
 */
export async function openReport(
  path: string,
  { most, isOurs }: { readonly most: number; readonly isOurs: boolean },
): Promise<ReportFile> {
  const file = await openFor(path)
  const { size } = await file.stat()
  if (size > 0 && !isOurs) {
    await file.close()
    throw new BadFile('the report exists and is not of this file: name another')
  }
  const whole = await measure(path, most)
  await file.truncate(whole.bytes)
  let end = whole.bytes
  return {
    lines: whole.lines,
    async append(lines) {
      const bytes = Buffer.from(lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
      // At its place, so that a second try after a failed one doubles nothing.
      await writeAll(file, bytes, end)
      end += bytes.length
    },
    close: () => file.close(),
  }
}

async function openFor(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+').catch(() => open(path, 'wx+'))
  } catch (error) {
    throw new BadFile(`the report cannot be written (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** Where the last whole line ends, no more than `most` of them. */
async function measure(path: string, most: number): Promise<{ lines: number; bytes: number }> {
  const whole = { lines: 0, bytes: 0 }
  let passed = 0
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    for (
      let at = chunk.indexOf(LINE_FEED);
      at !== -1 && whole.lines < most;
      at = chunk.indexOf(LINE_FEED, at + 1)
    ) {
      whole.lines += 1
      whole.bytes = passed + at + 1
    }
    if (whole.lines === most) break
    passed += chunk.length
  }
  return whole
}

async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const left = bytes.length - written
    written += (await file.write(bytes, written, left, position + written)).bytesWritten
  }
}
