import type { FoundAuthorization } from '@tolem/authorizations/find'
import type { CardChange } from '@tolem/cards/changes'
import type { Card } from '@tolem/domain/card'
import {
  type AuthorizationId,
  type BankId,
  type CardToken,
  parseAuthorizationId,
} from '@tolem/domain/ids'
import { formatAmount } from '@tolem/money/amount'
import type { RateListing } from '@tolem/quotes/quotes'
import { parseCard, renderCard, statusRefused } from '@tolem/wire/card'
import { holdsCardNumber } from '@tolem/wire/card-number'
import { cardToken } from '@tolem/wire/fields'
import type { AuthorizationRecord, RatesAnswer } from '@tolem/wire/inquiry'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import type { Verified } from './callers.ts'
import type { Message } from './message.ts'

/** What the calls besides the two money paths are joined with. */
export type AdministerPorts = {
  verify(message: Message): Verified
  putCard(card: Omit<Card, 'version'>): Promise<CardChange>
  hasWallet(wallet: NonNullable<Card['walletLink']>): boolean
  findAuthorization(bank: BankId, id: AuthorizationId): Promise<FoundAuthorization | undefined>
  listRates(): readonly RateListing[]
  readonly maximumAgeMs: number
}

/** `PUT /v1/cards/{cardToken}`: the card as its bank wants it, whole. */
export async function putCard(
  ports: AdministerPorts,
  message: Message,
  token: string,
): Promise<WireAnswer> {
  const verified = ports.verify(message)
  if (!verified.ok) return verified.answer
  if (holdsCardNumber(token))
    return problem('card_number_refused', {
      errors: [{ pointer: '', detail: 'the path looks like a card number' }],
    })
  if (!cardToken.safeParse(token).success)
    return problem('fields_invalid', {
      errors: [{ pointer: '', detail: 'the path’s card token: 4 to 64 of A-Z a-z 0-9 _ -' }],
    })
  const parsed = parseCard(verified.caller.id, token as CardToken, message.body)
  if (!parsed.ok) return parsed.answer
  const { walletLink } = parsed.value
  if (walletLink && !ports.hasWallet(walletLink))
    return problem('fields_invalid', {
      errors: [
        {
          pointer: '/walletLink/exchange',
          detail: 'the programme has no such exchange with this rail',
        },
      ],
    })
  const change = await ports.putCard(parsed.value)
  if (change.kind === 'status_refused') return statusRefused(change.from, parsed.value.status)
  return json(renderCard(change.card))
}

/** `GET /v1/authorizations/{id}`: the record behind a decision. Another bank's is not found. */
export async function getAuthorization(
  ports: AdministerPorts,
  message: Message,
  id: string,
): Promise<WireAnswer> {
  const verified = ports.verify(message)
  if (!verified.ok) return verified.answer
  const parsed = parseAuthorizationId(id)
  const found = parsed && (await ports.findAuthorization(verified.caller.id, parsed))
  return found ? json(JSON.stringify(toRecord(found))) : problem('not_found')
}

/** `GET /v1/rates`: what a quote would be made from now. */
export function getRates(ports: AdministerPorts, message: Message): WireAnswer {
  const verified = ports.verify(message)
  if (!verified.ok) return verified.answer
  const answer: RatesAnswer = {
    maximumAgeMs: ports.maximumAgeMs,
    rates: ports.listRates().map((rate) => ({
      exchange: rate.exchange,
      pair: `${rate.asset}/KZT`,
      state: rate.state,
      ...(rate.state !== 'unsafe' && { bid: rate.bid, ask: rate.ask }),
      observedAt: new Date(rate.observedAt).toISOString(),
      ageMs: rate.ageMs,
    })),
  }
  return json(JSON.stringify(answer))
}

function json(body: string): WireAnswer {
  return { status: 200, contentType: 'application/json', body }
}

function toRecord(found: FoundAuthorization): AuthorizationRecord {
  const { billing, concludedAt, reversalId, reason, body } = found
  return {
    authorizationId: found.id,
    type: found.type,
    cardToken: found.cardToken,
    state: found.state,
    ...(reason !== undefined && { reason }),
    ...(billing !== undefined && {
      billingAmount: { value: formatAmount('KZT', billing), currency: 'KZT' },
    }),
    receivedAt: found.receivedAt.toISOString(),
    ...(concludedAt && { concludedAt: concludedAt.toISOString() }),
    ...(reversalId && { reversalId }),
    ...(body !== undefined && { answer: JSON.parse(body) }),
    movements: found.movements.map(({ amount, ...movement }) => ({
      ...movement,
      amount: formatAmount(movement.asset, amount),
    })),
    events: [...found.events],
  }
}
