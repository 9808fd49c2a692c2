/** 13 to 19 digits, each pair parted by at most one space, hyphen or point: how people write card numbers. */
const CANDIDATE = /\d(?:[ .-]?\d){12,18}/g

/** Ids of our own: a UUID may hold long runs of digits and is no card number. */
const OWN_ID = /\b(?:aut|rev|qte)_[0-9a-f-]{36}\b/g

/**
 * Does a text hold something that could be a card number? Any run of 13 to 19 digits inside it that satisfies the Luhn
 * check (ISO/IEC 7812-1, annex B), also one that is part of a longer run. One in ten random runs does, which is why
 * identifiers on our wire are kept shorter than 13 digits.
 */
export function holdsCardNumber(text: string): boolean {
  if (text.length < 13) return false
  for (const [run] of text.normalize('NFKC').replace(OWN_ID, ' ').matchAll(CANDIDATE))
    if (satisfiesLuhn(run.replace(/[ .-]/g, ''))) return true
  return false
}

/**
 * The JSON pointers of all strings in `value`, keys included, that could hold a card number, outermost first. Works
 * through a list and not by recursion: a body of 16 KiB can be nested deeper than the call stack.
 */
export function findCardNumbers(value: unknown): string[] {
  const found: string[] = []
  const places: Place[] = [{ value, pointer: '' }]
  for (const { value, pointer } of places) {
    if (typeof value === 'object' && value !== null) places.push(...placesIn(value, pointer))
    else if (holdsCardNumber(String(value))) found.push(pointer)
  }
  return found
}

type Place = { readonly value: unknown; readonly pointer: string }

/** A key that holds one is told by the place it stands in: its own pointer would repeat it. */
function placesIn(value: object, pointer: string): Place[] {
  return Object.entries(value).map(([key, item]) =>
    holdsCardNumber(key) ? { value: key, pointer } : { value: item, pointer: `${pointer}/${key}` },
  )
}

function satisfiesLuhn(digits: string): boolean {
  let sum = 0
  for (let place = 0; place < digits.length; place += 1) {
    const digit = digits.charCodeAt(digits.length - 1 - place) - 48
    const doubled = place % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}
