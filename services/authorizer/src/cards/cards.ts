import type { CardChange, CardChanges } from '@tolem/cards/changes'
import type { Card, WalletLink } from '@tolem/domain/card'
import type { BankId, CardToken } from '@tolem/domain/ids'
import type { Parsed } from '@tolem/wire/body'
import {
  parseCard,
  parseCardControls,
  parseCardStatus,
  parseCardWalletLink,
  renderCard,
  statusRefused,
} from '@tolem/wire/card'
import { holdsCardNumber } from '@tolem/wire/card-number'
import { cardToken } from '@tolem/wire/fields'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import { type Call, json } from '../route.ts'

/** What the provisioning of cards is joined with. */
export type CardPorts = CardChanges & {
  /** As the database has it now. */
  read(bank: BankId, token: CardToken): Promise<Card | undefined>
  hasWallet(wallet: WalletLink): boolean
}

/** `GET /v1/cards/{cardToken}`: the card as it is now. Another bank's is not found. */
export async function getCard(ports: CardPorts, call: Call): Promise<WireAnswer> {
  const named = readToken(call)
  if (!named.ok) return named.answer
  return toAnswer(await ports.read(call.caller.id, named.value))
}

/** `PUT /v1/cards/{cardToken}`: the card as its bank wants it, whole. */
export async function putCard(ports: CardPorts, call: Call): Promise<WireAnswer> {
  const named = readToken(call)
  if (!named.ok) return named.answer
  const parsed = parseCard(call.caller.id, named.value, call.message.body)
  if (!parsed.ok) return parsed.answer
  const { walletLink, status } = parsed.value
  if (walletLink && !ports.hasWallet(walletLink)) return noSuchRail('/walletLink/exchange')
  return toChangeAnswer(await ports.put(parsed.value), status)
}

/** `PUT /v1/cards/{cardToken}/status`: the status alone. */
export function putCardStatus(ports: CardPorts, call: Call): Promise<WireAnswer> {
  return putPart(call, parseCardStatus, async (name, status) =>
    toChangeAnswer(await ports.putStatus(name, status), status),
  )
}

/** `PUT /v1/cards/{cardToken}/controls`: the cardholder's own controls, whole. */
export function putCardControls(ports: CardPorts, call: Call): Promise<WireAnswer> {
  return putPart(call, parseCardControls, async (name, controls) =>
    toAnswer(await ports.putControls(name, controls)),
  )
}

/** `PUT /v1/cards/{cardToken}/wallet-link`: the wallet that pays from the next purchase on. */
export function putCardWalletLink(ports: CardPorts, call: Call): Promise<WireAnswer> {
  return putPart(call, parseCardWalletLink, async (name, walletLink) =>
    ports.hasWallet(walletLink)
      ? toAnswer(await ports.putWalletLink(name, walletLink))
      : noSuchRail('/exchange'),
  )
}

type CardName = Pick<Card, 'bank' | 'token'>

async function putPart<Part>(
  call: Call,
  parse: (body: Uint8Array) => Parsed<Part>,
  put: (name: CardName, part: Part) => Promise<WireAnswer>,
): Promise<WireAnswer> {
  const named = readToken(call)
  if (!named.ok) return named.answer
  const parsed = parse(call.message.body)
  if (!parsed.ok) return parsed.answer
  return put({ bank: call.caller.id, token: named.value }, parsed.value)
}

/** The card token in the path, which is checked like one in a body: a card number is not repeated. */
function readToken({ parameters: { cardToken: token = '' } }: Call): Parsed<CardToken> {
  if (holdsCardNumber(token)) {
    const errors = [{ pointer: '', detail: 'the path looks like a card number' }]
    return { ok: false, answer: problem('card_number_refused', { errors }) }
  }
  if (!cardToken.safeParse(token).success) {
    const errors = [{ pointer: '', detail: 'the path’s card token: 4 to 64 of A-Z a-z 0-9 _ -' }]
    return { ok: false, answer: problem('fields_invalid', { errors }) }
  }
  return { ok: true, value: token as CardToken }
}

function noSuchRail(pointer: string): WireAnswer {
  const detail = 'the programme has no such exchange with this rail'
  return problem('fields_invalid', { errors: [{ pointer, detail }] })
}

function toChangeAnswer(change: CardChange | undefined, status: Card['status']): WireAnswer {
  return change?.kind === 'status_refused'
    ? statusRefused(change.from, status)
    : toAnswer(change?.card)
}

function toAnswer(card: Card | undefined): WireAnswer {
  return card ? json(renderCard(card)) : problem('not_found')
}
