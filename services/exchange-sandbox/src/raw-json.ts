/**
 * JSON whose numbers stay what they are on the wire: exchanges send ids beyond 2^53 and amounts with eight decimals as
 * bare numbers, which a JavaScript number would change.
 */

/** `JSON.rawJSON` of the runtime, which the library's types do not know yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/** Stands for a bare number in what `JSON.stringify` writes: exactly these digits. */
export function bareNumber(digits: string): unknown {
  return rawJSON(digits)
}

/** Reads JSON with each number as the text that stood there, and without what is null. Undefined when it is no JSON. */
export function readExactly(text: string): unknown {
  try {
    return JSON.parse(text, asWritten)
  } catch {
    // What is no JSON is the caller's mistake, which the endpoint answers.
    return undefined
  }
}

function asWritten(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (value === null) return undefined
  return typeof value === 'number' ? context?.source : value
}
