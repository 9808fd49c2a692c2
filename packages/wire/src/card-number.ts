import { type Member, pointerTo, visitMembers } from './members.ts'

/** 13 digits or more, each pair parted by at most one space, hyphen or point: how people write card numbers. */
const RUN = /\d(?:[ .-]?\d){12,}/g

/** A UUID may hold long runs of digits and is no card number; ours are UUIDs, and so are many banks' tokens. */
const UUID = /(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])/gi

/** The beginnings and lengths that the schemes issue: Visa, Mastercard, Mir, Amex, Diners, JCB, Discover, UnionPay. */
const ISSUED = new RegExp(
  [
    '^4(\\d{12}|\\d{15}|\\d{18})$',
    '^(5[1-5]\\d\\d|222[1-9]|22[3-9]\\d|2[3-6]\\d\\d|27[01]\\d|2720)\\d{12}$',
    '^220[0-4]\\d{12,15}$',
    '^3[47]\\d{13}$',
    '^3(0[0-59]|[689]\\d)\\d{11,16}$',
    '^35(2[89]|[3-8]\\d)\\d{12,15}$',
    '^6(011|4[4-9]\\d|5\\d\\d|2\\d\\d)\\d{12,15}$',
  ].join('|'),
)

/**
 * Acquirers number their merchants and terminals, often in 15 digits: there only a number that a scheme issues
 * counts.
 */
const NUMBERED_BY_ACQUIRERS: ReadonlySet<string> = new Set([
  '/merchant/id',
  '/terminal/id',
  '/terminalId',
  '/original/terminalId',
])

const SHORTEST = 13
const LONGEST = 19

/** No field of ours is longer, and so many digits hold some card number by chance: they are not searched through. */
const LONGEST_RUN = 128

/**
 * Does a text hold something that could be a card number? That is 13 to 19 digits that satisfy the Luhn check (ISO/IEC
 * 7812-1, annex B), do not begin with 0 (no scheme's do), and stand alone, or among other digits if a scheme issues
 * such numbers. One in ten long runs of digits does by chance, which is why identifiers on our wire are kept shorter
 * than 13 digits where we can.
 */
export function holdsCardNumber(text: string): boolean {
  if (text.length < SHORTEST) return false
  return runsOf(text).some(runHoldsCardNumber)
}

/**
 * The JSON pointers of all texts and numbers in `value` that could hold a card number; where a key does, that of its
 * object, so that no pointer repeats one.
 */
export function findCardNumbers(value: unknown): string[] {
  const found: Member[] = []
  visitMembers(
    value,
    (member) => {
      if (textsOf(member.value).some((text) => isRefused(member, text))) found.push(member)
    },
    holdsCardNumber,
  )
  return found.map(pointerTo)
}

function isRefused(member: Member, text: string): boolean {
  if (!holdsCardNumber(text)) return false
  return !NUMBERED_BY_ACQUIRERS.has(pointerTo(member)) || runsOf(text).some(isIssuedWhole)
}

function isIssuedWhole(run: string): boolean {
  return ISSUED.test(run.replace(/[ .-]/g, ''))
}

function runsOf(text: string): string[] {
  return text.normalize('NFKC').replace(UUID, ' ').match(RUN) ?? []
}

function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (typeof value === 'number') return [String(value)]
  return typeof value === 'object' && value !== null ? Object.keys(value) : []
}

function runHoldsCardNumber(run: string): boolean {
  const groups = run.split(/[ .-]/)
  const digits = groups.join('')
  if (digits.length > LONGEST_RUN) return true
  const edges = edgesOf(groups)
  for (let start = 0; start + SHORTEST <= digits.length; start += 1) {
    const last = Math.min(start + LONGEST, digits.length)
    for (let end = start + SHORTEST; end <= last; end += 1)
      if (isCardNumber(digits.slice(start, end), edges.has(start) && edges.has(end))) return true
  }
  return false
}

/** Where groups of digits begin and end. */
function edgesOf(groups: readonly string[]): ReadonlySet<number> {
  const edges = new Set([0])
  let edge = 0
  for (const group of groups) {
    edge += group.length
    edges.add(edge)
  }
  return edges
}

function isCardNumber(digits: string, standsAlone: boolean): boolean {
  const isPossible = standsAlone ? !digits.startsWith('0') : ISSUED.test(digits)
  return isPossible && satisfiesLuhn(digits)
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
