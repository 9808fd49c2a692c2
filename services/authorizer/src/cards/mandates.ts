import type { ClaimedMandate, Mandates } from '@tolem/cards/mandates'
import { type Card, canBecome, type MandateRail } from '@tolem/domain/card'
import { exchangeSlice, remaining } from '@tolem/domain/deadline'
import type { BankId, CardToken, ExchangeId } from '@tolem/domain/ids'
import { type MandateId, type OfferResult, parseMandateId } from '@tolem/domain/mandate'
import type { MandatePort } from '@tolem/exchanges/mandate-port'
import { type MandateDemand, parseMandate, renderMandate } from '@tolem/wire/mandate'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import { type Call, json } from '../route.ts'
import { noSuchRail, readCardName, toAnswer } from './cards.ts'

/** What the linking of wallets is joined with. */
export type MandatePorts = {
  readonly mandates: Pick<
    Mandates,
    'open' | 'find' | 'write' | 'unlink' | 'toOrder' | 'isSignedElsewhere'
  >
  mandatesFor(exchange: ExchangeId, rail: MandateRail): MandatePort | undefined
  /** As the database has it now. */
  read(bank: BankId, token: CardToken): Promise<Card | undefined>
  drop(bank: BankId, token: CardToken): void
  newMandateId(): MandateId
  monotonicNow(): number
}

/** After our answer settlement goes on with what the exchange did not answer. */
const LEASE_RESERVE_MS = 1_000

/** An offer is looked at so long after it was made; a notice brings it forward. */
const FIRST_LOOK_MS = 2_000

/**
 * `POST /v1/cards/{cardToken}/mandates`: durable first, then one call to the exchange inside the deadline. What the
 * exchange leaves open settlement brings to its end.
 */
export async function postMandate(ports: MandatePorts, call: Call): Promise<WireAnswer> {
  const named = readCardName(call)
  if (!named.ok) return named.answer
  const { bank, token } = named.value
  const parsed = parseMandate(bank, token, call.message.body)
  if (!parsed.ok) return parsed.answer
  const demand = parsed.value
  const port = ports.mandatesFor(demand.exchange, demand.rail)
  if (!port) return noSuchRail('/exchange')
  const flaw = await findFlaw(ports, demand, port)
  if (flaw) return flaw
  const leaseMs = Math.ceil(remaining(call.deadline, ports.monotonicNow())) + LEASE_RESERVE_MS
  const opened = await ports.mandates.open(ports.newMandateId(), demand, leaseMs)
  switch (opened.kind) {
    case 'no_card':
      return problem('not_found')
    case 'mismatch':
      return problem('mandate_request_reused')
    case 'known':
      return toMandateAnswer(opened.mandate, 200)
    case 'opened':
      return toMandateAnswer(await ask(ports, { mandate: opened.mandate, port, call }), 201)
  }
}

/** `GET /v1/cards/{cardToken}/mandates/{mandateId}`: as it stands. */
export async function getMandate({ mandates }: MandatePorts, call: Call): Promise<WireAnswer> {
  const named = readCardName(call)
  if (!named.ok) return named.answer
  const id = parseMandateId(call.parameters['mandateId'] ?? '')
  const found = id && (await mandates.find(named.value, id))
  return found ? json(renderMandate(found)) : problem('not_found')
}

/** `DELETE /v1/cards/{cardToken}/wallet-link`: unlinks at once; settlement ends the mandates at their exchanges. */
export async function deleteWalletLink(ports: MandatePorts, call: Call): Promise<WireAnswer> {
  const named = readCardName(call)
  if (!named.ok) return named.answer
  const { bank, token } = named.value
  const card = await ports.mandates.unlink({ bank, token }, ports.newMandateId)
  ports.drop(bank, token)
  return toAnswer(card)
}

/** What makes a request pointless before anybody is asked. */
async function findFlaw(
  ports: MandatePorts,
  { bank, cardToken, assets }: MandateDemand,
  { mostAssets }: MandatePort,
): Promise<WireAnswer | undefined> {
  if (assets.length > mostAssets)
    return invalid('/assets', `a mandate of this rail names at most ${mostAssets}`)
  const card = await ports.read(bank, cardToken)
  if (!card) return problem('not_found')
  if (canBecome(card.status, 'active')) return undefined
  return invalid('', `the card is ${card.status} and will never pay again`)
}

/** Asks the exchange once and writes down what it says. Gives the mandate as it then stands. */
async function ask(
  { mandates, monotonicNow }: MandatePorts,
  asked: { readonly mandate: ClaimedMandate; readonly port: MandatePort; readonly call: Call },
): Promise<ClaimedMandate> {
  const { mandate, port, call } = asked
  const timeoutMs = exchangeSlice(call.deadline, monotonicNow())
  const result: OfferResult =
    timeoutMs > 0
      ? await port.offer(mandates.toOrder(mandate), { timeoutMs })
      : { kind: 'in_doubt', detail: 'not sent: too little of the budget was left' }
  await mandates.write(mandate, writeOf(result))
  const { bank, cardToken: token } = mandate
  // Where the write was shut out, somebody else knows better: what stands now is the answer.
  return (await mandates.find({ bank, token }, mandate.id)) ?? mandate
}

function writeOf(result: OfferResult): Parameters<Mandates['write']>[1] {
  switch (result.kind) {
    case 'offered':
      return { status: 'offered', offer: result.offer, delayMs: FIRST_LOOK_MS }
    case 'rejected':
      return { status: 'refused', reason: 'refused_at_exchange', detail: result.detail }
    case 'in_doubt':
      return { status: 'requested', detail: result.detail, delayMs: 0, isStuck: true }
  }
}

function toMandateAnswer(mandate: ClaimedMandate, status: 200 | 201): WireAnswer {
  const isUnanswered = mandate.status === 'requested'
  return { ...json(renderMandate(mandate)), status: isUnanswered ? 202 : status }
}

function invalid(pointer: string, detail: string): WireAnswer {
  return problem('fields_invalid', { errors: [{ pointer, detail }] })
}
