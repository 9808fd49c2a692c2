import { pathToFileURL } from 'node:url'
import { FILES, ROOT, read } from './repository.ts'

/** One zod schema of a variable, as far as the rules use it. */
type Field = {
  safeParse(value: unknown): { readonly success: boolean; readonly data?: unknown }
}

/** What one service reads: its variables by name. */
export type ServiceConfig = {
  readonly service: string
  readonly fields: Readonly<Record<string, Field>>
}

/** The exported schema of every services/NAME/src/config.ts. */
export async function readServiceConfigs(): Promise<readonly ServiceConfig[]> {
  const paths = FILES.filter((path) => /^services\/[^/]+\/src\/config\.ts$/.test(path))
  return Promise.all(
    paths.map(async (path) => {
      const module: Record<string, unknown> = await import(pathToFileURL(`${ROOT}/${path}`).href)
      const schema = Object.values(module).find(isObjectSchema)
      if (!schema) throw new Error(`${path} exports no zod object`)
      return { service: path.split('/')[1] ?? '', fields: schema.shape }
    }),
  )
}

function isObjectSchema(value: unknown): value is { shape: Readonly<Record<string, Field>> } {
  return typeof value === 'object' && value !== null && 'shape' in value && 'safeParse' in value
}

/** One line of .env.example. `isSet` is false where the line is commented out and shows a default. */
export type Variable = {
  readonly group: string
  readonly name: string
  readonly value: string
  readonly isSet: boolean
}

/** Reads .env.example: groups begin with `# [name]`, variables are `NAME=value` or `# NAME=value`. */
export function readEnvExample(): readonly Variable[] {
  let group = ''
  return read('.env.example')
    .split('\n')
    .flatMap((line) => {
      group = /^# \[([a-z-]+)\]/.exec(line)?.[1] ?? group
      const [, hash, name, value] = /^(# )?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? []
      if (name === undefined || value === undefined) return []
      return [{ group, name, value, isSet: hash === undefined }]
    })
}

/** The secrets that a programme refers to by environment variable. */
export function secretNamesOf(programmePath: string): readonly string[] {
  const names = [...read(programmePath).matchAll(/"env:([A-Z][A-Z0-9_]*)"/g)]
  return [...new Set(names.map(([, name = '']) => name))].toSorted()
}
