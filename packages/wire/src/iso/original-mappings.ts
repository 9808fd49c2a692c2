import type { NetworkKey, OriginalKind } from '@tolem/domain/authorization'
import type { Elements } from './elements.ts'
import { readLocalDateTime } from './key-mappings.ts'
import { type Mapping, wordSpare } from './mapping.ts'

/** The MTI in front of DE90. An increment is a 0100 like what it raises. */
const ORIGINAL_TYPES = {
  authorization: '0100',
  increment: '0100',
  advice: '0120',
} as const satisfies Record<OriginalKind, string>

const ORIGINAL = { type: [0, 4], trace: [4, 10], acquirer: [20, 31] } as const

function part(elements: Elements, name: keyof typeof ORIGINAL): string | undefined {
  return elements['90']?.slice(...ORIGINAL[name])
}

/** What a message says of its original only by saying nothing else: that it is as its own. */
const asOwn = (elements: Elements, own: () => string | undefined): string | undefined =>
  elements['90'] === undefined ? undefined : own()

type ByKey = NetworkKey & { readonly messageKind: OriginalKind }

/** MTI, trace number, time of transmission (not known: zeros), acquirer, forwarder (zeros). */
function toOriginalElements(original: ByKey): string {
  return [
    ORIGINAL_TYPES[original.messageKind],
    original.systemTraceAuditNumber,
    '0'.repeat(10),
    original.acquirerId.padStart(11, '0'),
    '0'.repeat(11),
  ].join('')
}

const KIND_BY_TYPE: Readonly<Record<string, OriginalKind>> = {
  '0100': 'authorization',
  '0200': 'authorization',
  '0120': 'advice',
  '0220': 'advice',
}

/** The rows of how a message names its original: by our id, or by the original's network key. */
export const ORIGINAL_MAPPINGS: readonly Mapping[] = [
  {
    field: '/original/authorizationId',
    elements: ['48.20'],
    cain: 'OrgnlDataElmts/TxId/IssrRefData',
    rule: 'as it is, and then no DE90',
    write: (value: string) => ({ '48.20': value }),
    read: ({ '48.20': id }) => id,
  },
  {
    field: '/original/messageKind',
    elements: ['90', '48.21'],
    cain: 'OrgnlDataElmts/MsgClss, OrgnlDataElmts/MsgFctn',
    rule: '0100 or 0120 in digits 1 to 4',
    spare: wordSpare('21'),
    read: (elements) => KIND_BY_TYPE[part(elements, 'type') ?? ''],
  },
  {
    field: '/original/systemTraceAuditNumber',
    elements: ['90'],
    cain: 'OrgnlDataElmts/TxId/SysTracAudtNb',
    rule: 'digits 5 to 10; the time of transmission after it is zero-filled and not read',
    write: (_, { original }) => ({ 90: toOriginalElements(original as ByKey) }),
    read: (elements) => part(elements, 'trace'),
  },
  {
    field: '/original/acquirerId',
    elements: ['90', '48.22'],
    cain: 'OrgnlDataElmts/AcqrrId',
    rule: 'digits 21 to 31, zeros in front',
    spare: wordSpare('22'),
    read: (elements) => part(elements, 'acquirer')?.replace(/^0+(?=.)/, ''),
  },
  {
    field: '/original/terminalId',
    elements: ['41', '48.23'],
    cain: 'Termnl/Id',
    rule: 'the message’s own, unless 48.23 says another',
    spare: wordSpare('23'),
    read: (elements) => asOwn(elements, () => elements['48.06'] ?? elements['41']?.trimEnd()),
  },
  {
    field: '/original/retrievalReferenceNumber',
    elements: ['37', '48.24'],
    cain: 'OrgnlDataElmts/TxId/RtrvlRefNb',
    rule: 'the message’s own, which stays the same through the life of a purchase, unless 48.24 says another',
    spare: wordSpare('24'),
    read: (elements) => asOwn(elements, () => elements['37']),
  },
  {
    field: '/original/localDateTime',
    elements: ['13', '12', '48.25'],
    cain: 'OrgnlDataElmts/TxId/LclDt, OrgnlDataElmts/TxId/LclTm',
    rule: 'the message’s own, unless 48.25 says another',
    spare: wordSpare('25'),
    read: (elements, context) =>
      asOwn(elements, () => elements['48.05'] ?? readLocalDateTime(elements, context)),
  },
]
