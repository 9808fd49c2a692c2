import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A mistake as its patch file tells it. */
export type Patch = {
  readonly name: string
  /** Absolute. */
  readonly path: string
  /** What the mistake is and what it breaks, in plain words. */
  readonly header: string
  /** What it changes, from the repository's root. */
  readonly files: readonly string[]
  /** Lines that it adds or takes away. */
  readonly changedLines: number
}

const ENDING = '.patch'

/** Every patch of this folder, by name. */
export function readPatches(): readonly Patch[] {
  return readdirSync(import.meta.dirname)
    .filter((name) => name.endsWith(ENDING))
    .toSorted()
    .map((name) => readPatch(name.slice(0, -ENDING.length)))
}

function readPatch(name: string): Patch {
  const path = join(import.meta.dirname, name + ENDING)
  const text = readFileSync(path, 'utf8')
  const start = text.indexOf('diff --git ')
  const lines = text.slice(start).split('\n')
  return {
    name,
    path,
    header: text.slice(0, start).trim(),
    files: lines.flatMap((line) => /^\+\+\+ b\/(.+)$/.exec(line)?.[1] ?? []),
    changedLines: lines.filter((line) => /^[+-](?![+-]{2} )/.test(line)).length,
  }
}
