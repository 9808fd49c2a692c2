import type { z } from 'zod'
import { adviceAnswer } from '../advice.ts'
import { authorizationAnswer } from '../authorization.ts'
import { balanceAnswer } from '../balance.ts'
import { clearingAnswer } from '../clearing.ts'
import { echoAnswer } from '../echo.ts'
import type { WireAmount } from '../fields.ts'
import { refundAnswer } from '../refund.ts'
import { reversalAnswer } from '../reversal.ts'
import { fromAmountText, fromMinorUnits, toAmountText, toMinorUnits } from './amounts.ts'
import type { IsoCall } from './calls.ts'
import type { PrivateTag } from './elements.ts'
import { amountSpare, type Mapping, textMapping, wordSpare } from './mapping.ts'
import { tengeMapping } from './request-mappings.ts'

/** An answer of one call in ISO 8583 (1987) and ISO 20022. */
type IsoAnswerTable = {
  readonly schema: z.ZodType
  readonly cain: string
  readonly mappings: readonly Mapping[]
}

const text = (field: string, element: string, cain?: string): Mapping =>
  textMapping({ field, element, ...(cain && { cain }) })

const amount = (field: string, tag: PrivateTag): Mapping => ({
  field,
  elements: [`48.${tag}`],
  rule: 'as text, such as 12500.00 KZT',
  write: (value: Parameters<typeof toAmountText>[0]) => ({ [`48.${tag}`]: toAmountText(value) }),
  read: ({ [`48.${tag}`]: element }) => element && fromAmountText(element),
})

const notCarried = (field: string, where: string, cain?: string): Mapping => ({
  field,
  elements: [],
  ...(cain && { cain }),
  rule: `ISO 8583 has no room for it: ${where}`,
})

const RESPONSE_CODE = text('/responseCode', '39', 'PrcgRslt/RspnCd')
const AUTHORIZATION_ID = text('/authorizationId', '48.20', 'TxId/IssrRefData')
const OUTCOME = text('/outcome', '48.33')

/** What DE39 says by itself, in the pilot's table; a bank's own codes make 48.31 necessary. */
const DECISION: Mapping = {
  field: '/decision',
  elements: ['39', '48.31'],
  cain: 'PrcgRslt/RspnCd',
  rule: '00, 85 and 87 approved, 10 partially_approved, every other declined',
  spare: wordSpare('31'),
  read: ({ 39: code = '' }) => {
    if (code === '10') return 'partially_approved'
    return ['00', '85', '87'].includes(code) ? 'approved' : 'declined'
  },
}

const MESSAGES: readonly Mapping[] = ['kk', 'ru', 'en'].map((language) =>
  notCarried(`/messages/${language}`, 'it is looked up by reason', 'PrcgRslt/AddtlInf'),
)

const DECIDED: readonly Mapping[] = [RESPONSE_CODE, DECISION, text('/reason', '48.32'), ...MESSAGES]

const AUTHORIZATION: readonly Mapping[] = [
  ...DECIDED,
  AUTHORIZATION_ID,
  text('/approvalCode', '38', 'PrcgRslt/ApprvlCd'),
  tengeMapping('/approvedAmount'),
  notCarried('/funding', 'GET /v1/authorizations/{id} tells it', 'XchgRate'),
]

const AVAILABLE = '0002398C'

/** Account type 00, amount type 02 (available), tenge, credit. */
const SPENDABLE: Mapping = {
  field: '/available',
  elements: ['54', '48.42'],
  cain: 'AcctBal/Bal',
  rule: 'account type 00, amount type 02, 398, C, and 12 digits of tiyn',
  spare: amountSpare('42'),
  write: (value: WireAmount) => {
    const digits = toMinorUnits(value)
    return digits === undefined ? {} : { 54: AVAILABLE + digits }
  },
  read: ({ 54: element }) =>
    element?.startsWith(AVAILABLE)
      ? fromMinorUnits(element.slice(AVAILABLE.length), 'KZT')
      : undefined,
}

/** The answers of the calls that have a message in ISO 8583. */
export const ISO_ANSWERS = {
  authorization: {
    schema: authorizationAnswer,
    cain: 'cain.002 AuthstnRspn (cain.004 where final)',
    mappings: AUTHORIZATION,
  },
  increment: {
    schema: authorizationAnswer,
    cain: 'cain.002 AuthstnRspn (cain.004 where final)',
    mappings: AUTHORIZATION,
  },
  balanceInquiry: {
    schema: balanceAnswer,
    cain: 'cain.017',
    mappings: [
      ...DECIDED,
      SPENDABLE,
      notCarried('/assets', 'the JSON answer tells it'),
      notCarried('/notCounted', 'the JSON answer tells it'),
    ],
  },
  echo: {
    schema: echoAnswer,
    cain: 'A network management message',
    mappings: [RESPONSE_CODE, text('/echoId', '48.40'), text('/serverTime', '48.41')],
  },
  advice: {
    schema: adviceAnswer,
    cain: 'cain.002 AuthstnRspn (cain.004 where final)',
    mappings: [
      RESPONSE_CODE,
      OUTCOME,
      text('/authorizationId', '48.30', 'TxId/IssrRefData'),
      text('/originalAuthorizationId', '48.20', 'OrgnlDataElmts/TxId/IssrRefData'),
    ],
  },
  reversal: {
    schema: reversalAnswer,
    cain: 'cain.006',
    mappings: [
      RESPONSE_CODE,
      OUTCOME,
      text('/reversalId', '48.30'),
      AUTHORIZATION_ID,
      amount('/releasedAmount', '34'),
      amount('/heldAmount', '35'),
    ],
  },
  clearing: {
    schema: clearingAnswer,
    cain: 'cain.004',
    mappings: [
      RESPONSE_CODE,
      OUTCOME,
      text('/clearingId', '48.30'),
      AUTHORIZATION_ID,
      tengeMapping('/clearedAmount'),
      amount('/fromHoldAmount', '36'),
      amount('/exposedAmount', '37'),
      amount('/releasedAmount', '34'),
    ],
  },
  refund: {
    schema: refundAnswer,
    cain: 'cain.004',
    mappings: [
      ...DECIDED,
      text('/refundId', '48.30'),
      AUTHORIZATION_ID,
      tengeMapping('/refundedAmount'),
      notCarried('/credits', 'the JSON answer tells it', 'XchgRate'),
    ],
  },
} as const satisfies Readonly<Record<IsoCall, IsoAnswerTable>>
