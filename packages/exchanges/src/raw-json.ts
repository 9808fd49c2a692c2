/** `JSON.rawJSON` of the runtime, which the compiler's library does not know. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/**
 * Stands for a bare number in what `JSON.stringify` writes, with exactly these digits: exchanges want amounts and ids
 * beyond 2^53 as numbers (Binance Pay, Direct Debit), and a binary one would change them.
 *
 * @throws {SyntaxError} when the text is no JSON number: a bug in the caller, never bad input.
 */
export function bareNumber(digits: string): unknown {
  if (!/^(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(digits)) throw new SyntaxError('not a number')
  return rawJSON(digits)
}
