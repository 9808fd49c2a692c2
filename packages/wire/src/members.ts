/** One value inside a JSON value, and where it stands. */
export type Member = {
  readonly value: unknown
  readonly key: string
  readonly parent: Member | undefined
}

/**
 * Calls `visit` with every value inside `value`, itself first, in the order of the text; what stands under a key that
 * `skips` is left out. Without recursion: a body of 16 KiB can nest deeper than the stack is long.
 */
export function visitMembers(
  value: unknown,
  visit: (member: Member) => void,
  skips: (key: string) => boolean = () => false,
): void {
  const waiting: Member[] = [{ value, key: '', parent: undefined }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    visit(next)
    if (typeof next.value !== 'object' || next.value === null) continue
    const entries = Object.entries(next.value)
    for (const [key, item] of entries.toReversed())
      if (!skips(key)) waiting.push({ value: item, key, parent: next })
  }
}

/** The JSON pointer (RFC 6901) of a member. */
export function pointerTo(member: Member): string {
  const parts: string[] = []
  for (let at = member; at.parent !== undefined; at = at.parent) parts.push(pointerPart(at.key))
  return parts.toReversed().join('')
}

/** One step of a JSON pointer. Long keys are cut: what a caller sent is not repeated at length. */
export function pointerPart(key: PropertyKey): string {
  return `/${String(key).slice(0, 64).replaceAll('~', '~0').replaceAll('/', '~1')}`
}
