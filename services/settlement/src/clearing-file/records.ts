import type { FieldError } from '@tolem/wire/problem'

/** No record may be larger than a body of the API. */
export const LONGEST_RECORD = 16_384

/** One record of a clearing file: the bytes of a presentment's body, or why there are none. `line` counts from 1. */
export type FileRecord = { readonly line: number } & (
  | { readonly kind: 'body'; readonly bytes: Uint8Array }
  | { readonly kind: 'flawed'; readonly errors: readonly FieldError[] }
)

/** A record that is wrong as a whole. */
export function flawed(line: number, detail: string): FileRecord {
  return { line, kind: 'flawed', errors: [{ pointer: '', detail }] }
}
