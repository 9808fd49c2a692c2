import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Programme, programmeSchema } from './schema.ts'

/** The programme that ships with Tolem: the National Bank's pilot with its five banks. */
export const PILOT_PROGRAMME_FILE = join(import.meta.dirname, '..', 'pilot.json')

/** A programme file was refused. `mistakes` holds every one of them, a line each, with its place in the file. */
export class ProgrammeMistake extends Error {
  readonly mistakes: readonly string[]

  constructor(file: string, mistakes: readonly string[]) {
    super(`programme ${file} refused:\n${mistakes.map((line) => `  ${line}`).join('\n')}`)
    this.name = 'ProgrammeMistake'
    this.mistakes = mistakes
  }
}

/**
 * Reads and checks a programme file.
 *
 * @throws {ProgrammeMistake} with all mistakes at once; a file that is not JSON is one mistake.
 */
export function readProgramme(file: string): Programme {
  const result = programmeSchema.safeParse(readJson(file))
  if (result.success) return result.data
  throw new ProgrammeMistake(
    file,
    result.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`),
  )
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    throw new ProgrammeMistake(file, [String(error)])
  }
}
