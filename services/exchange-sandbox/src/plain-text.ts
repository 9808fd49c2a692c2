/** Printable ASCII. What the book keeps must be plain: PostgreSQL refuses NUL and broken Unicode in JSON. */
export const PLAIN_TEXT = /^[\x20-\x7e]*$/

/** Is it plain text of 1 to `lengthMax` characters? */
export function isPlainText(text: string, lengthMax: number): boolean {
  return text !== '' && text.length <= lengthMax && PLAIN_TEXT.test(text)
}
