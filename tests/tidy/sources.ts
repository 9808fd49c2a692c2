import { parseSync } from 'rolldown/utils'
import { FILES, read } from './repository.ts'

/** A TypeScript file with what the parser knows of it. `text` and all offsets count UTF-16 units. */
export type Source = {
  readonly path: string
  readonly text: string
  readonly parsed: ReturnType<typeof parseSync>
}

/** A node of the syntax tree, as far as the rules look at one. */
export type Node = {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** Parses the TypeScript files whose path the filter takes. */
export function parseSources(isWanted: (path: string) => boolean = () => true): readonly Source[] {
  return FILES.filter((path) => path.endsWith('.ts') && isWanted(path)).map(parse)
}

/** The test files of one worker share it: parsing is most of the work. */
const PARSED = new Map<string, Source>()

function parse(path: string): Source {
  const known = PARSED.get(path)
  if (known) return known
  const text = read(path)
  const source = { path, text, parsed: parseSync(path, text) }
  PARSED.set(path, source)
  return source
}

/** The modules that a source imports, statically or dynamically, with the place of each. */
export function importsOf({ text, parsed }: Source): readonly { to: string; start: number }[] {
  const { staticImports, staticExports, dynamicImports } = parsed.module
  const reExported = staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest: from }) => (from ? [from] : [])),
  )
  const named = [...staticImports.map((statement) => statement.moduleRequest), ...reExported]
  return [
    ...named.map(({ value, start }) => ({ to: value, start })),
    ...dynamicImports.map(({ moduleRequest: { start, end } }) => ({
      to: text.slice(start, end).replaceAll(/^['"`]|['"`]$/g, ''),
      start,
    })),
  ]
}

/** Calls `visit` with every node of a source's syntax tree, parents first. */
export function walk(source: Source, visit: (node: Node) => void): void {
  const step = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) step(item)
    else if (isNode(value)) {
      visit(value)
      for (const field of Object.values(value)) if (typeof field === 'object') step(field)
    }
  }
  step(source.parsed.program)
}

/** Narrows a field of a node to a node. */
export function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value
}

/** `path:line` of an offset, as editors understand it. */
export function at({ path, text }: Pick<Source, 'path' | 'text'>, offset: number): string {
  return `${path}:${text.slice(0, offset).split('\n').length}`
}
