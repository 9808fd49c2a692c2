import type { AuthorizationType, EntryMode, TerminalType } from '@tolem/domain/authorization'
import type { WireAmount } from '../fields.ts'
import { fromMinorUnits, toMinorUnits } from './amounts.ts'
import {
  CONDITION_CODES,
  ENTRY_MODE_CODES,
  OTHER_ENTRY_MODE_CODES,
  PREAUTHORIZATION_CONDITION,
  PROCESSING_CODES,
} from './codes.ts'
import { toCurrencyElement } from './currencies.ts'
import type { Elements } from './elements.ts'
import {
  amountMapping,
  amountSpare,
  flagMapping,
  freeTextSpare,
  getAt,
  listCodes,
  type Mapping,
  textMapping,
  wordOf,
  wordSpare,
} from './mapping.ts'

/** The row of the card token, in every call that names a card. */
export const CARD_TOKEN: Mapping = textMapping({
  field: '/cardToken',
  element: '48.01',
  cain: 'Tkn/PmtTkn',
  rule: 'as it is; never in DE2',
})

/** The rows of an amount of tenge that is charged or given back. */
export function tengeMapping(field: string): Mapping {
  return amountMapping({
    field,
    element: '6',
    currency: '51',
    cain: 'TxAmts/CrdhldrBllgAmt, TxAmts/CrdhldrBllgCcy',
    spare: '04',
  })
}

/** Where the parts of DE43 begin and end: 25 characters of name, 13 of city, 2 of country. */
const ACCEPTOR = { name: [0, 25], city: [25, 38], country: [38, 40] } as const

type Merchant = { readonly name: string; readonly city: string; readonly country: string }

function toAcceptor({ name, city, country }: Merchant): string {
  return toAscii(name, 25) + toAscii(city, 13) + country
}

const toAscii = (text: string, length: number): string =>
  text
    .replaceAll(/[^ -~]/g, '?')
    .slice(0, length)
    .padEnd(length)

function readAcceptor(name: keyof typeof ACCEPTOR) {
  return ({ 43: element }: Elements) => element?.slice(...ACCEPTOR[name]).trimEnd()
}

/** The rows of the merchant. */
const MERCHANT: readonly Mapping[] = [
  textMapping({ field: '/merchant/id', element: '42', cain: 'Accptr/Id', length: 15 }),
  {
    field: '/merchant/name',
    elements: ['43', '48.09'],
    cain: 'Accptr/ShrtNm',
    rule: 'characters 1 to 25, other than ASCII as ?',
    spare: freeTextSpare('09'),
    write: (_, { merchant }) => ({ 43: toAcceptor(merchant as Merchant) }),
    read: readAcceptor('name'),
  },
  {
    field: '/merchant/city',
    elements: ['43', '48.10'],
    cain: 'Accptr/Adr/TwnNm',
    rule: 'characters 26 to 38, other than ASCII as ?',
    spare: freeTextSpare('10'),
    read: readAcceptor('city'),
  },
  {
    field: '/merchant/country',
    elements: ['43'],
    cain: 'Accptr/Adr/Ctry',
    rule: 'characters 39 and 40',
    read: readAcceptor('country'),
  },
  textMapping({ field: '/merchant/categoryCode', element: '18', cain: 'Cntxt/MrchntCtgyCd' }),
]

const ENTRY_MODE: Mapping = {
  field: '/terminal/entryMode',
  elements: ['22'],
  cain: 'Cntxt/CardDataNtryMd',
  rule: `digits 1 and 2: ${listCodes(ENTRY_MODE_CODES)}; 02 and 91 are read as well`,
  write: (value: EntryMode, message) => ({
    22: `${ENTRY_MODE_CODES[value]}${getAt(message, '/terminal/pinEntered') === true ? 1 : 0}`,
  }),
  read: ({ 22: element = '' }) => {
    const code = element.slice(0, 2)
    return wordOf(ENTRY_MODE_CODES, code) ?? OTHER_ENTRY_MODE_CODES[code]
  },
}

/** The rows of the terminal but its id, and of the merchant. */
export const POINT_OF_SERVICE: readonly Mapping[] = [
  ENTRY_MODE,
  flagMapping({
    field: '/terminal/pinEntered',
    element: '48.08',
    said: 'Y',
    cain: 'Vrfctn',
    rule: 'Y when DE52 was there, else absent; digit 3 of DE22 is then 1, and is not read',
  }),
  ...MERCHANT,
]

/** The terminal's type where DE25 is the condition code. */
export const TERMINAL_TYPE_BY_CONDITION: Mapping = {
  field: '/terminal/type',
  elements: ['25', '48.07'],
  cain: 'Cntxt/Attndd, Cntxt/EComrc, Cntxt/MOTOCd',
  rule: listCodes(CONDITION_CODES),
  spare: wordSpare('07'),
  write: (value: TerminalType, { preauthorization }) => ({
    25: preauthorization === true ? PREAUTHORIZATION_CONDITION : CONDITION_CODES[value],
  }),
  read: ({ 25: code }) =>
    code === PREAUTHORIZATION_CONDITION ? 'pos' : wordOf(CONDITION_CODES, code),
}

/** Whether it is an estimate, where DE25 is the condition code. */
export const PREAUTHORIZATION_BY_CONDITION: Mapping = {
  field: '/preauthorization',
  elements: ['25'],
  cain: 'TxChrtcs/TxAttr (PAUT)',
  rule: `${PREAUTHORIZATION_CONDITION}, in place of the terminal’s code`,
  read: ({ 25: code }) => code === PREAUTHORIZATION_CONDITION,
}

/** The terminal's type where DE25 is a reason. */
export const TERMINAL_TYPE_APART: Mapping = {
  field: '/terminal/type',
  elements: ['48.07'],
  cain: 'Cntxt/Attndd, Cntxt/EComrc, Cntxt/MOTOCd',
  rule: 'as it is; absent: pos',
  spare: wordSpare('07'),
  read: () => 'pos',
}

/** Whether it is an estimate, where DE25 is a reason. */
export const PREAUTHORIZATION_APART: Mapping = flagMapping({
  field: '/preauthorization',
  element: '48.11',
  said: 'Y',
  cain: 'TxChrtcs/TxAttr (PAUT)',
})

/** The rows of what is asked for: type, card, amounts, and whether clearing follows. */
export const MONEY: readonly Mapping[] = [
  {
    field: '/type',
    elements: ['3'],
    cain: 'TxChrtcs/TxTp',
    rule: `digits 1 and 2: ${listCodes(PROCESSING_CODES)}; the accounts in digits 3 to 6 are not read`,
    write: (value: AuthorizationType) => ({ 3: `${PROCESSING_CODES[value]}0000` }),
    read: ({ 3: element }) => wordOf(PROCESSING_CODES, element?.slice(0, 2)),
  },
  CARD_TOKEN,
  amountMapping({
    field: '/transactionAmount',
    element: '4',
    currency: '49',
    cain: 'TxAmts/Amt, TxAmts/Ccy',
    spare: '03',
  }),
  tengeMapping('/billingAmount'),
  {
    field: '/final',
    elements: ['MTI'],
    cain: 'cain.003 in place of cain.001',
    rule: 'x2xx, a financial message, in place of x1xx',
    read: ({ MTI: mti = '' }) => mti.startsWith('02'),
  },
  flagMapping({
    field: '/recurring',
    element: '48.12',
    said: 'Y',
    cain: 'TxChrtcs/TxAttr (RCPT)',
  }),
]

const CASH = { head: '0040', sign: 'D' } as const

/** The rows that only a request has: an advice tells what was decided. */
export const REQUEST_ONLY: readonly Mapping[] = [
  {
    field: '/cashbackAmount',
    elements: ['54', '48.16'],
    cain: 'AddtlAmt/Amt, AddtlAmt/Ccy, AddtlAmt/Tp',
    rule: 'account type 00, amount type 40, 398, D, and 12 digits of minor units',
    spare: amountSpare('16'),
    write: (value: WireAmount) => {
      const digits = toMinorUnits(value)
      return digits === undefined
        ? {}
        : { 54: `${CASH.head}${toCurrencyElement(value.currency)}${CASH.sign}${digits}` }
    },
    read: ({ 54: element }) =>
      element?.startsWith(CASH.head) ? fromMinorUnits(element.slice(8, 20), 'KZT') : undefined,
  },
  flagMapping({
    field: '/partialApprovalSupported',
    element: '48.13',
    said: 'Y',
    cain: 'Cntxt/PrtlApprvlSpprtd',
  }),
]
