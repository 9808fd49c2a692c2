import { z } from 'zod'

/** What a process was told by its environment: names to text, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The configuration could not be read. `mistakes` holds every one of them, a line each, ready to print. */
export class ConfigMistake extends Error {
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(`configuration refused:\n${mistakes.map((line) => `  ${line}`).join('\n')}`)
    this.name = 'ConfigMistake'
    this.mistakes = mistakes
  }
}

/**
 * Reads a service's configuration once, at start. The result is frozen; empty variables count as not set, as compose
 * files and shells produce them.
 *
 * @throws {ConfigMistake} naming every variable that is wrong, not only the first.
 */
export function readConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
): Readonly<z.output<z.ZodObject<Shape>>> {
  const given = Object.fromEntries(
    Object.keys(schema.shape).map((name) => [name, environment[name] || undefined]),
  )
  const result = schema.safeParse(given)
  if (!result.success) throw new ConfigMistake(listMistakes(result.error))
  return Object.freeze(result.data)
}

/** One line for each issue, with its path in front: what to print when a file or an environment is refused. */
export function listMistakes(error: z.ZodError): string[] {
  return error.issues.map(
    (issue) => `${issue.path.map(String).join('.') || '(root)'}: ${issue.message}`,
  )
}

/** A TCP port. 0 lets the operating system choose, which is what tests want. */
export const port = z.coerce.number().int().min(0).max(65_535)

/** A duration in whole milliseconds. */
export const milliseconds = z.coerce.number().int().nonnegative()

/** `true` or `false` and nothing else: a misspelt switch must not silently mean "off". */
export const flag = z.enum(['true', 'false']).transform((text) => text === 'true')
