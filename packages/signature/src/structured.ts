import { type Dictionary, isInnerList, parseDictionary } from 'structured-headers'

/**
 * Longer header fields are not read at all: ten signatures fit, and parsing stays well under a
 * millisecond.
 */
const fieldLengthMax = 4096

/**
 * The members of a dictionary field (RFC 9651), or undefined when it is malformed or longer than
 * 4,096 characters.
 */
export function readDictionary(field: string): Dictionary | undefined {
  if (field.length > fieldLengthMax) return undefined
  try {
    return parseDictionary(field)
  } catch {
    // The parser throws for bad input only, and bad input is an expected answer here.
    return undefined
  }
}

/**
 * The bytes of a dictionary member that is a byte sequence, or undefined when it is anything else.
 */
export function readBytes(dictionary: Dictionary, name: string): Uint8Array | undefined {
  const member = dictionary.get(name)
  if (member === undefined || isInnerList(member)) return undefined
  const value: unknown = member[0]
  return value instanceof ArrayBuffer ? new Uint8Array(value) : undefined
}
