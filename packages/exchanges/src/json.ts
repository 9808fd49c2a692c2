/**
 * Reads JSON with every number as the text that stood there, because exchanges send ids beyond 2^53 as bare numbers
 * (Binance Convert, Order Status) and `JSON.parse` alone would change them. Gives nothing for what is not JSON.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text, keepNumberText)
  } catch {
    // Not JSON, or nested deeper than the stack: an answer that cannot be read, which every caller treats as doubt.
    return undefined
  }
}

function keepNumberText(_key: string, value: unknown, context?: { readonly source?: string }) {
  return typeof value === 'number' ? context?.source : value
}
