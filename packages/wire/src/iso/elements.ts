/**
 * The data elements of ISO 8583 (1987) that our messages use: what each is called and its format. `DE25` has two: the
 * condition code of 1987, and in reversals and advices the four-digit reason that came with 1993, which 1987 has no
 * element for.
 */
export const DATA_ELEMENTS = {
  3: { name: 'processing code', format: /^[0-9]{6}$/, notation: 'n6' },
  4: { name: 'amount, transaction', format: /^[0-9]{12}$/, notation: 'n12' },
  6: { name: 'amount, cardholder billing', format: /^[0-9]{12}$/, notation: 'n12' },
  7: { name: 'transmission date and time', format: /^[0-9]{10}$/, notation: 'n10 MMDDhhmmss' },
  11: { name: 'system trace audit number', format: /^[0-9]{6}$/, notation: 'n6' },
  12: { name: 'time, local transaction', format: /^[0-9]{6}$/, notation: 'n6 hhmmss' },
  13: { name: 'date, local transaction', format: /^[0-9]{4}$/, notation: 'n4 MMDD' },
  18: { name: 'merchant type', format: /^[0-9]{4}$/, notation: 'n4' },
  22: { name: 'point of service entry mode', format: /^[0-9]{3}$/, notation: 'n3' },
  25: {
    name: 'condition code, or message reason',
    format: /^([0-9]{2}|[0-9]{4})$/,
    notation: 'n2 (n4 for a reason)',
  },
  32: { name: 'acquiring institution', format: /^[0-9]{1,11}$/, notation: 'n..11' },
  37: { name: 'retrieval reference number', format: /^[A-Za-z0-9]{12}$/, notation: 'an12' },
  38: { name: 'authorization identification response', format: /^[ -~]{6}$/, notation: 'an6' },
  39: { name: 'response code', format: /^[A-Z0-9]{2}$/, notation: 'an2' },
  41: { name: 'card acceptor terminal', format: /^[ -~]{8}$/, notation: 'ans8' },
  42: { name: 'card acceptor', format: /^[ -~]{15}$/, notation: 'ans15' },
  43: { name: 'card acceptor name and location', format: /^[ -~]{40}$/, notation: 'ans40' },
  48: { name: 'additional data, private', format: /^[ -~]{1,999}$/, notation: 'ans...999' },
  49: { name: 'currency, transaction', format: /^([0-9]{3}|[A-Z]{3})$/, notation: 'a or n3' },
  51: {
    name: 'currency, cardholder billing',
    format: /^([0-9]{3}|[A-Z]{3})$/,
    notation: 'a or n3',
  },
  54: { name: 'additional amounts', format: /^([0-9]{7}[CD][0-9]{12})+$/, notation: 'an...120' },
  70: { name: 'network management information', format: /^[0-9]{3}$/, notation: 'n3' },
  90: { name: 'original data elements', format: /^[0-9]{42}$/, notation: 'n42' },
  95: {
    name: 'replacement amounts',
    format: /^[0-9]{24}([CD][0-9]{8}){2}$/,
    notation: 'an42',
  },
} as const satisfies Readonly<
  Record<number, { readonly name: string; readonly format: RegExp; readonly notation: string }>
>

/**
 * What stands in DE48, as sub-elements of two digits' tag, three digits' length and value. Most travel only where the
 * standard elements alone would not read back as the same field; a message that needs none of them has none but `01`.
 */
export const PRIVATE_ELEMENTS = {
  '01': 'the bank’s card token; DE2 never travels',
  '03': 'transactionAmount as text, where DE4 cannot hold it',
  '04': 'the amount of DE6 as text, where DE6 cannot hold it',
  '05': 'localDateTime whole, where its year is not the nearest to DE7',
  '06': 'the terminal’s id, where it is longer than DE41',
  '07': 'the terminal’s type, where DE25 does not tell it',
  '08': 'Y: a PIN was entered (DE52 was there; it never travels)',
  '09': 'the merchant’s name, UTF-8 in base64url, where DE43 cannot hold it',
  '10': 'the merchant’s city, UTF-8 in base64url, where DE43 cannot hold it',
  '11': 'Y: a preauthorization, where DE25 does not tell it',
  '12': 'Y: recurring',
  '13': 'Y: the terminal supports partial approval',
  '14': 'replacementAmount as text, where DE95 cannot hold it',
  '15': 'N: not the last presentment',
  '16': 'cashbackAmount as text, where DE54 cannot hold it',
  '20': 'our authorizationId, of the original where a message names one by it',
  '21': 'what kind of message the original was, where DE90 does not tell it',
  '22': 'the original’s acquirer, where zeros in front of it count',
  '23': 'the original’s terminal, where it is not DE41',
  '24': 'the original’s retrieval reference number, where it is not DE37',
  '25': 'the original’s local date and time, where it is not DE13 and DE12',
  '30': 'our id of the reversal, clearing or refund',
  '31': 'the decision, where DE39 does not tell it',
  '32': 'our reason for a decline',
  '33': 'the outcome of an advice, a reversal or a presentment',
  '34': 'the amount that a reversal or a presentment released, as text',
  '35': 'the amount that is still held, as text',
  '36': 'the part of a presentment that was held, as text',
  '37': 'the part of a presentment that was not held, as text',
  '40': 'the id of an echo',
  '41': 'our clock when an echo came',
  '42': 'what is available, as text, where DE54 cannot hold it',
} as const satisfies Readonly<Record<string, string>>

/** One sub-element of DE48, by its tag. */
export type PrivateTag = keyof typeof PRIVATE_ELEMENTS

/** Elements by number, DE48's sub-elements as `48.01` and so on, and the message type as `MTI`. */
export type Elements = Readonly<Partial<Record<string, string>>>

/** A message of ISO 8583 before packing: each element as its characters, without bitmaps and length prefixes. */
export type IsoMessage = {
  readonly mti: string
  readonly elements: Readonly<Record<string, string>>
}

const PRIVATE = '48.'

/** Gathers the sub-elements into DE48. */
export function packElements({ MTI: mti = '', ...elements }: Elements): IsoMessage {
  const packed: Record<string, string> = {}
  let privateData = ''
  for (const [name, value] of Object.entries(elements).toSorted(byNumber)) {
    if (value === undefined) continue
    if (name.startsWith(PRIVATE))
      privateData += `${name.slice(PRIVATE.length)}${String(value.length).padStart(3, '0')}${value}`
    else packed[name] = value
  }
  return { mti, elements: privateData === '' ? packed : { ...packed, 48: privateData } }
}

const byNumber = ([left]: [string, unknown], [right]: [string, unknown]): number =>
  Number(left) - Number(right)

/** The opposite of {@link packElements}. A DE48 that ends in the middle of a sub-element is read up to there. */
export function unpackElements({ mti, elements }: IsoMessage): Elements {
  const { 48: privateData = '', ...rest } = elements
  const unpacked: Record<string, string> = { ...rest, MTI: mti }
  for (let at = 0; at < privateData.length; ) {
    const header = /^([0-9]{2})([0-9]{3})/.exec(privateData.slice(at, at + 5))
    if (!header) break
    const [, tag = '', length = ''] = header
    const end = at + 5 + Number(length)
    if (end > privateData.length) break
    unpacked[PRIVATE + tag] = privateData.slice(at + 5, end)
    at = end
  }
  return unpacked
}
