import type { Elements } from './elements.ts'
import { type Mapping, type ReadContext, textMapping, wordSpare } from './mapping.ts'
import { fromLocal, fromTransmission, toLocal, toTransmission } from './moments.ts'

const MTI_REPEAT = 3

/** The local date and time of a message, from its own elements. */
export function readLocalDateTime(elements: Elements, context: ReadContext): string | undefined {
  const { 12: time, 13: date, 7: transmission } = elements
  const transmittedAt = transmission && fromTransmission(transmission, context.receivedAt)
  return time && date && transmittedAt ? fromLocal(date, time, transmittedAt) : undefined
}

/** The rows that identify a message, in every call. */
export function keyMappings(terminalField: '/terminalId' | '/terminal/id'): readonly Mapping[] {
  return [
    textMapping({ field: '/acquirerId', element: '32', cain: 'Acqrr/Id' }),
    textMapping({
      field: terminalField,
      element: '41',
      cain: 'Termnl/Id',
      length: 8,
      spare: '06',
    }),
    textMapping({ field: '/systemTraceAuditNumber', element: '11', cain: 'TxId/SysTracAudtNb' }),
    textMapping({ field: '/retrievalReferenceNumber', element: '37', cain: 'TxId/RtrvlRefNb' }),
    {
      field: '/localDateTime',
      elements: ['13', '12', '48.05'],
      cain: 'TxId/LclDt, TxId/LclTm',
      rule: 'MMDD and hhmmss; the year is the one that brings it nearest to DE7',
      spare: wordSpare('05'),
      write: (value: string) => {
        const { date, time } = toLocal(value)
        return { 13: date, 12: time }
      },
      read: readLocalDateTime,
    },
    {
      field: '/transmittedAt',
      elements: ['7'],
      cain: 'TxId/TrnsmssnDtTm',
      rule: 'MMDDhhmmss in UTC, to the second; the year is the one that brings it nearest to the receipt',
      write: (value: string) => ({ 7: toTransmission(value) }),
      read: ({ 7: element }, { receivedAt }) => element && fromTransmission(element, receivedAt),
    },
    {
      field: '/repeat',
      elements: ['MTI'],
      cain: 'Hdr (ReTransmissionCounter)',
      rule: 'the last digit of the MTI is odd',
      read: ({ MTI: mti = '' }) => (Number(mti.at(MTI_REPEAT)) % 2 === 1 ? true : undefined),
    },
  ]
}
