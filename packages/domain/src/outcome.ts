/** An answer that may be an expected refusal. Faults are thrown; refusals are values: the type names them all. */
export type Outcome<T, R extends string> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: R }

/** The refusal half of an {@link Outcome}. */
export function refuse<R extends string>(reason: R): { readonly ok: false; readonly reason: R } {
  return { ok: false, reason }
}

/** The success half of an {@link Outcome}. */
export function accept<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}
