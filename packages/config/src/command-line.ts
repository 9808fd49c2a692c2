import { parseArgs } from 'node:util'
import { z } from 'zod'
import { listMistakes } from './read-config.ts'

/** A command as it is read: what it prints when asked for help, and its options by their schemas. */
export type Command<Shape extends z.ZodRawShape> = {
  readonly usage: string
  /** `faultEveryMs` is told as `--fault-every-ms`; a boolean is a switch, with its `--no-` form. */
  readonly options: z.ZodObject<Shape>
}

/** What the command was told, or what it prints instead of working, and the exit code that goes with it. */
export type Told<Options> = { readonly options: Options } | Instead

type Instead = { readonly text: string; readonly exitCode: 0 | 2 }

/**
 * Reads the words after a command. Options that are not told, or empty, have their default; a mistake is answered by
 * all that are wrong, a line each, and the usage.
 */
export function readCommandLine<Shape extends z.ZodRawShape>(
  { usage, options }: Command<Shape>,
  words: readonly string[],
): Told<z.output<z.ZodObject<Shape>>> {
  const parsed = parse(options.shape, words)
  if (typeof parsed === 'string') return { text: `${parsed}\n\n${usage.trimEnd()}\n`, exitCode: 2 }
  if (parsed['help'] === true) return { text: `${usage.trimEnd()}\n`, exitCode: 0 }
  const named = Object.fromEntries(
    Object.keys(options.shape).map((name) => [dashed(name), options.shape[name] as z.ZodType]),
  )
  const given = Object.fromEntries(
    Object.keys(named).map((name) => [name, parsed[name] === '' ? undefined : parsed[name]]),
  )
  const result = z.object(named).safeParse(given)
  if (!result.success) {
    const mistakes = listMistakes(result.error).map((line) => `--${line}`)
    return { text: `${mistakes.join('\n')}\n\n${usage.trimEnd()}\n`, exitCode: 2 }
  }
  const read = Object.keys(options.shape).map((name) => [name, result.data[dashed(name)]])
  return { options: Object.fromEntries(read) as z.output<z.ZodObject<Shape>> }
}

/** Prints what a command prints instead of working: help is an answer, mistakes go to standard error. */
export function printInstead({ text, exitCode }: Instead): number {
  const stream = exitCode === 0 ? process.stdout : process.stderr
  stream.write(text)
  return exitCode
}

/** A number of things: at least one. */
export const count = z.coerce.number().int().positive()

/** A whole number that repeats a run. */
export const seed = z.coerce.number().int().min(0)

type Parsed = Readonly<Record<string, string | boolean | undefined>>

function parse(shape: z.ZodRawShape, words: readonly string[]): Parsed | string {
  const options = Object.entries(shape).map(([name, schema]) => [
    dashed(name),
    { type: isSwitch(schema as z.ZodType) ? ('boolean' as const) : ('string' as const) },
  ])
  try {
    return parseArgs({
      args: [...words],
      allowNegative: true,
      options: { ...Object.fromEntries(options), help: { type: 'boolean' } },
    }).values as Parsed
  } catch (error) {
    if (error instanceof TypeError) return error.message
    throw error
  }
}

function isSwitch(schema: z.ZodType): boolean {
  return (schema instanceof z.ZodDefault ? schema.unwrap() : schema) instanceof z.ZodBoolean
}

function dashed(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
