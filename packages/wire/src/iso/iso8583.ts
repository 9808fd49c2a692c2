import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import type { AdviceBody } from '../advice.ts'
import type { BalanceInquiryBody } from '../balance.ts'
import type { ClearingBody } from '../clearing.ts'
import type { EchoBody } from '../echo.ts'
import type { RefundBody } from '../refund.ts'
import type { AuthorizationBody, IncrementBody } from '../request.ts'
import type { ReversalBody } from '../reversal.ts'
import { ISO_ANSWERS } from './answers.ts'
import { ISO_CALLS, type IsoCall } from './calls.ts'
import { type Elements, type IsoMessage, packElements, unpackElements } from './elements.ts'
import { type Json, readElements, writeElements } from './mapping.ts'

type Bodies = {
  readonly authorization: AuthorizationBody
  readonly increment: IncrementBody
  readonly advice: AdviceBody
  readonly reversal: ReversalBody
  readonly clearing: ClearingBody
  readonly refund: RefundBody
  readonly balanceInquiry: BalanceInquiryBody
  readonly echo: EchoBody
}

/** A body of one call, with the call's name. */
export type NamedBody = {
  readonly [Call in IsoCall]: { readonly call: Call; readonly message: Bodies[Call] }
}[IsoCall]

/**
 * A body of the API as the message of ISO 8583 (1987) that a processor would have had for it. Nothing of its meaning is
 * lost: what the standard elements cannot hold travels in DE48.
 *
 * @throws {Error} when the body does not fit its schema: it is parsed before.
 */
export function toIso8583<Call extends IsoCall>(call: Call, message: Bodies[Call]): IsoMessage {
  const { schema, type, constant, mappings } = ISO_CALLS[call]
  const checked = schema.parse(message) as Json
  const context = { receivedAt: Date.parse(String(checked['transmittedAt'])) }
  const mti = `${type(checked)}${checked['repeat'] === true ? 1 : 0}`
  const head = { ...constant, MTI: mti }
  return packElements({ ...writeElements(mappings, checked, context), ...head })
}

/** Why a message is none of ours. */
export type IsoFlaw = 'unknown_message' | 'fields_missing_or_invalid'

/**
 * The body that a message of ISO 8583 (1987) means. It means the same as the one that {@link toIso8583} was given: its
 * amounts have all decimals of their currency, its defaults are written out, and its `transmittedAt` is in UTC without
 * fractions of a second; a parser gives it the same fingerprint. `receivedAt` (epoch milliseconds) must be within 180
 * days of the transmission, because DE7 has no year.
 */
export function fromIso8583(iso: IsoMessage, receivedAt: number): Outcome<NamedBody, IsoFlaw> {
  const elements = unpackElements(iso)
  const call = (Object.keys(ISO_CALLS) as IsoCall[]).find((one) => ISO_CALLS[one].isOne(elements))
  if (!call) return refuse('unknown_message')
  const { schema, mappings } = ISO_CALLS[call]
  const parsed = schema.safeParse(readElements(mappings, elements, { receivedAt }))
  if (!parsed.success) return refuse('fields_missing_or_invalid')
  return accept({ call, message: parsed.data } as NamedBody)
}

/** What a response repeats of its request. */
const ECHOED = ['3', '4', '7', '11', '12', '13', '32', '37', '41', '42', '49', '70'] as const

/** 0100 and 0101 are answered by 0110, 0220 by 0230, 0420 by 0430. */
function answerType(mti: string): string {
  return `${mti.slice(0, 2)}${Number(mti[2]) + 1}0`
}

/** No date of an answer is read. */
const NO_DATES = { receivedAt: 0 }

/**
 * An answer as the message that goes back through the network: what it repeats of `request`, and what we decided. A
 * partial approval in tenge has the approved amount in DE4 as well, as terminals expect it.
 *
 * @throws {Error} when `answer` does not fit the schema of the call's answers.
 */
export function toIso8583Answer(call: IsoCall, request: IsoMessage, answer: Json): IsoMessage {
  const { schema, mappings } = ISO_ANSWERS[call]
  const own = writeElements(mappings, schema.parse(answer), NO_DATES)
  const echoed: Elements = Object.fromEntries(
    ECHOED.map((number) => [number, request.elements[number]]),
  )
  const approved =
    answer['decision'] === 'partially_approved' && echoed['49'] === '398' ? { 4: own['6'] } : {}
  return packElements({ ...echoed, ...own, ...approved, MTI: answerType(request.mti) })
}

/** The fields of an answer that ISO 8583 carries: all but those whose row names no element. */
export function fromIso8583Answer(call: IsoCall, response: IsoMessage): Json {
  return readElements(ISO_ANSWERS[call].mappings, unpackElements(response), NO_DATES)
}
