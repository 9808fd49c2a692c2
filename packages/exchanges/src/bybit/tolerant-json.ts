import { parseJson } from '../json.ts'

/**
 * A text as it stands, or a comma with nothing behind it. A text that does not end is taken to where it could: to look
 * for its end from each of its quotes anew would take a stranger's notice of 32 kB half a second.
 */
const TEXT_OR_LAST_COMMA = /("(?:[^"\\]|\\.)*"?)|,(?=\s*[}\]])/g

/**
 * Reads JSON that may have a comma after the last member, as the samples of Bybit Pay's webhooks have. Numbers are kept
 * as their text unless they are to be written again. Gives nothing for what is not JSON.
 */
export function readTolerantly(text: string, numbers?: 'as numbers'): unknown {
  const strict = text.replace(TEXT_OR_LAST_COMMA, (_, kept: string | undefined) => kept ?? '')
  if (!numbers) return parseJson(strict)
  try {
    return JSON.parse(strict)
  } catch {
    // Not JSON: nothing that could have been signed.
    return undefined
  }
}
