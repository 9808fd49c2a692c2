import type { z } from 'zod'
import { adviceBody } from '../advice.ts'
import { balanceInquiryBody } from '../balance.ts'
import { clearingBody } from '../clearing.ts'
import { echoBody } from '../echo.ts'
import type { WireAmount } from '../fields.ts'
import { refundBody } from '../refund.ts'
import { authorizationBody, incrementBody } from '../request.ts'
import { reversalBody } from '../reversal.ts'
import { fromMinorUnits, toMinorUnits } from './amounts.ts'
import {
  ADVICE_REASON_CODES,
  BALANCE_PROCESSING_CODE,
  ECHO_MANAGEMENT_CODE,
  REFUND_PROCESSING_CODE,
  REVERSAL_REASON_CODES,
} from './codes.ts'
import type { Elements } from './elements.ts'
import { keyMappings } from './key-mappings.ts'
import {
  amountSpare,
  codeMapping,
  flagMapping,
  type Json,
  type Mapping,
  textMapping,
} from './mapping.ts'
import { ORIGINAL_MAPPINGS } from './original-mappings.ts'
import {
  CARD_TOKEN,
  MONEY,
  POINT_OF_SERVICE,
  PREAUTHORIZATION_APART,
  PREAUTHORIZATION_BY_CONDITION,
  REQUEST_ONLY,
  TERMINAL_TYPE_APART,
  TERMINAL_TYPE_BY_CONDITION,
  tengeMapping,
} from './request-mappings.ts'

/** One call of the API in ISO 8583 (1987) and ISO 20022. */
type IsoCallTable = {
  readonly path: string
  readonly schema: z.ZodType
  /** The ISO 20022 message. */
  readonly cain: string
  /** The first three digits of the MTI: the last one tells a repeat. */
  readonly type: (message: Json) => string
  /** Elements that are the same in every message of the call. */
  readonly constant: Elements
  /** Is a message of these elements one of this call? Asked in the order of the table. */
  readonly isOne: (elements: Elements) => boolean
  readonly mappings: readonly Mapping[]
}

const mtiOf = ({ MTI: mti = '' }: Elements): string => mti.slice(0, 3)
const namesOriginal = (elements: Elements): boolean =>
  elements['90'] !== undefined || elements['48.20'] !== undefined
const isAdvised = (elements: Elements): boolean => /^1[0-9]{3}$/.test(elements['25'] ?? '')

const requestType = ({ final }: Json): string => (final === true ? '020' : '010')
const isRequest = (elements: Elements): boolean => /^0[12]0$/.test(mtiOf(elements))

const REQUEST_MAPPINGS: readonly Mapping[] = [
  ...MONEY,
  PREAUTHORIZATION_BY_CONDITION,
  ...REQUEST_ONLY,
  ...keyMappings('/terminal/id'),
  TERMINAL_TYPE_BY_CONDITION,
  ...POINT_OF_SERVICE,
]

/** DE39 of an advice is what the bank answered in our place. Other codes that approve are read as well. */
const ADVISED_DECISION: Mapping = {
  field: '/decision',
  elements: ['39'],
  cain: 'PrcgRslt/RspnCd',
  rule: 'approved 00 (10, 85 and 87 are read as well), declined 05 (every other code is)',
  write: (value: 'approved' | 'declined') => ({ 39: value === 'approved' ? '00' : '05' }),
  read: ({ 39: code }) =>
    code && (['00', '10', '85', '87'].includes(code) ? 'approved' : 'declined'),
}

/** Settlement's amount, and two fees: nothing is said of them. */
const REPLACEMENT_TAIL = `${'0'.repeat(12)}C00000000C00000000`

const REPLACEMENT: Mapping = {
  field: '/replacementAmount',
  elements: ['95', '51', '48.14'],
  cain: 'TxAmts/CrdhldrBllgAmt, TxAmts/CrdhldrBllgCcy',
  rule: 'characters 1 to 12: what the original shall amount to, in tiyn; the rest is zero',
  spare: amountSpare('14'),
  write: (value: WireAmount) => {
    const digits = toMinorUnits(value)
    return digits === undefined ? {} : { 95: digits + REPLACEMENT_TAIL, 51: '398' }
  },
  read: ({ 95: element }) => element && fromMinorUnits(element.slice(0, 12), 'KZT'),
}

const REFUND: IsoCallTable = {
  path: '/v1/refunds',
  schema: refundBody,
  cain: 'cain.003 FinInitn',
  type: () => '020',
  constant: { 3: REFUND_PROCESSING_CODE },
  isOne: (elements) => mtiOf(elements) === '020' && (elements['3'] ?? '').startsWith('20'),
  mappings: [
    CARD_TOKEN,
    tengeMapping('/refundAmount'),
    ...keyMappings('/terminalId'),
    ...ORIGINAL_MAPPINGS,
  ],
}

const BALANCE_INQUIRY: IsoCallTable = {
  path: '/v1/balance-inquiries',
  schema: balanceInquiryBody,
  cain: 'cain.016',
  type: () => '010',
  constant: { 3: BALANCE_PROCESSING_CODE },
  isOne: (elements) => isRequest(elements) && (elements['3'] ?? '').startsWith('30'),
  mappings: [
    CARD_TOKEN,
    ...keyMappings('/terminal/id'),
    TERMINAL_TYPE_BY_CONDITION,
    ...POINT_OF_SERVICE,
  ],
}

const ECHO: IsoCallTable = {
  path: '/v1/echo',
  schema: echoBody,
  cain: 'A network management message',
  type: () => '080',
  constant: { 70: ECHO_MANAGEMENT_CODE },
  isOne: (elements) => mtiOf(elements) === '080' && elements['70'] === ECHO_MANAGEMENT_CODE,
  mappings: [textMapping({ field: '/echoId', element: '48.40' })],
}

const INCREMENT: IsoCallTable = {
  path: '/v1/increments',
  schema: incrementBody,
  cain: 'cain.001 AuthstnInitn, TxChrtcs/TxAttr INCR (cain.003 FinInitn where final)',
  type: requestType,
  constant: {},
  isOne: (elements) => isRequest(elements) && namesOriginal(elements),
  mappings: [...REQUEST_MAPPINGS, ...ORIGINAL_MAPPINGS],
}

const AUTHORIZATION: IsoCallTable = {
  path: '/v1/authorizations',
  schema: authorizationBody,
  cain: 'cain.001 AuthstnInitn (cain.003 FinInitn where final)',
  type: requestType,
  constant: {},
  isOne: isRequest,
  mappings: REQUEST_MAPPINGS,
}

const ADVICE: IsoCallTable = {
  path: '/v1/advices',
  schema: adviceBody,
  cain: 'cain.001 AuthstnInitn (cain.003 FinInitn where final), MsgFctn ADVC',
  type: ({ final }) => (final === true ? '022' : '012'),
  constant: {},
  isOne: (elements) =>
    mtiOf(elements) === '012' || (mtiOf(elements) === '022' && isAdvised(elements)),
  mappings: [
    ...MONEY,
    PREAUTHORIZATION_APART,
    ADVISED_DECISION,
    codeMapping({
      field: '/reason',
      element: '25',
      codes: ADVICE_REASON_CODES,
      cain: 'TxChrtcs/MsgRsn',
    }),
    ...keyMappings('/terminal/id'),
    TERMINAL_TYPE_APART,
    ...POINT_OF_SERVICE,
    ...ORIGINAL_MAPPINGS,
  ],
}

const CLEARING: IsoCallTable = {
  path: '/v1/clearings',
  schema: clearingBody,
  cain: 'cain.003 FinInitn, MsgFctn ADVC',
  type: () => '022',
  constant: { 3: '000000' },
  isOne: (elements) => mtiOf(elements) === '022',
  mappings: [
    CARD_TOKEN,
    tengeMapping('/clearingAmount'),
    flagMapping({
      field: '/last',
      element: '48.15',
      said: 'N',
      cain: 'TxId/PresntmntSeqNb, TxId/PresntmntSeqCnt',
    }),
    ...keyMappings('/terminalId'),
    ...ORIGINAL_MAPPINGS,
  ],
}

const REVERSAL: IsoCallTable = {
  path: '/v1/reversals',
  schema: reversalBody,
  cain: 'cain.005 RvslInitn',
  type: () => '040',
  constant: {},
  isOne: (elements) => /^04[02]$/.test(mtiOf(elements)),
  mappings: [
    codeMapping({
      field: '/reason',
      element: '25',
      codes: REVERSAL_REASON_CODES,
      cain: 'TxChrtcs/MsgRsn',
    }),
    REPLACEMENT,
    ...keyMappings('/terminalId'),
    ...ORIGINAL_MAPPINGS,
  ],
}

/** Every call that has a message in ISO 8583, in the order in which a message is tried: the narrower first. */
export const ISO_CALLS = {
  refund: REFUND,
  balanceInquiry: BALANCE_INQUIRY,
  increment: INCREMENT,
  authorization: AUTHORIZATION,
  advice: ADVICE,
  clearing: CLEARING,
  reversal: REVERSAL,
  echo: ECHO,
} as const satisfies Readonly<Record<string, IsoCallTable>>

/** A call that has a message in ISO 8583. */
export type IsoCall = keyof typeof ISO_CALLS
