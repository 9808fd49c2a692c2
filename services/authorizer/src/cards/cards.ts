import type { CardChange, CardChanges } from '@tolem/cards/changes'
import type { Mandates } from '@tolem/cards/mandates'
import type { Card, WalletLink } from '@tolem/domain/card'
import type { BankId, CardToken } from '@tolem/domain/ids'
import type { Parsed } from '@tolem/wire/body'
import {
  parseCard,
  parseCardControls,
  parseCardStatus,
  parseCardToken,
  parseCardWalletLink,
  renderCard,
  statusRefused,
} from '@tolem/wire/card'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import { type Call, json } from '../route.ts'

/** What the provisioning of cards is joined with. */
export type CardPorts = CardChanges & {
  /** As the database has it now. */
  read(bank: BankId, token: CardToken): Promise<Card | undefined>
  hasWallet(wallet: WalletLink): boolean
  readonly mandates: Pick<Mandates, 'isSignedElsewhere'>
}

/** `GET /v1/cards/{cardToken}`: the card as it is now. Another bank's is not found. */
export async function getCard(ports: CardPorts, call: Call): Promise<WireAnswer> {
  const named = readCardName(call)
  if (!named.ok) return named.answer
  return toAnswer(await ports.read(named.value.bank, named.value.token))
}

/** `PUT /v1/cards/{cardToken}`: the card as its bank wants it, whole. */
export async function putCard(ports: CardPorts, call: Call): Promise<WireAnswer> {
  const named = readCardName(call)
  if (!named.ok) return named.answer
  const { bank, token } = named.value
  const parsed = parseCard(bank, token, call.message.body)
  if (!parsed.ok) return parsed.answer
  const { walletLink, status } = parsed.value
  const flaw =
    walletLink && (await findLinkFlaw(ports, { bank, walletLink, pointer: '/walletLink' }))
  if (flaw) return flaw
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
  return putPart(call, parseCardWalletLink, async (name, walletLink) => {
    const flaw = await findLinkFlaw(ports, { bank: name.bank, walletLink, pointer: '' })
    return flaw ?? toAnswer(await ports.putWalletLink(name, walletLink))
  })
}

type CardName = Pick<Card, 'bank' | 'token'>

async function putPart<Part>(
  call: Call,
  parse: (body: Uint8Array) => Parsed<Part>,
  put: (name: CardName, part: Part) => Promise<WireAnswer>,
): Promise<WireAnswer> {
  const named = readCardName(call)
  if (!named.ok) return named.answer
  const parsed = parse(call.message.body)
  if (!parsed.ok) return parsed.answer
  return put(named.value, parsed.value)
}

/** The card that a call is about, by the token in its path. */
export function readCardName({ caller, parameters }: Call): Parsed<CardName> {
  const token = parseCardToken(parameters['cardToken'] ?? '')
  return token.ok ? { ok: true, value: { bank: caller.id, token: token.value } } : token
}

/** A wallet that cannot be debited, or that another bank's cardholder pays from; `pointer` is where it was named. */
async function findLinkFlaw(
  { hasWallet, mandates }: CardPorts,
  link: { readonly bank: BankId; readonly walletLink: WalletLink; readonly pointer: string },
): Promise<WireAnswer | undefined> {
  const { bank, walletLink, pointer } = link
  if (!hasWallet(walletLink)) return noSuchRail(`${pointer}/exchange`)
  if (!(await mandates.isSignedElsewhere(bank, walletLink))) return undefined
  const detail =
    'a card of another bank pays from it: have a mandate signed for this one (POST …/mandates)'
  return problem('fields_invalid', { errors: [{ pointer: `${pointer}/walletId`, detail }] })
}

/** The answer to a wallet that nobody here can debit. */
export function noSuchRail(pointer: string): WireAnswer {
  const detail = 'the programme has no such exchange with this rail'
  return problem('fields_invalid', { errors: [{ pointer, detail }] })
}

function toChangeAnswer(change: CardChange | undefined, status: Card['status']): WireAnswer {
  return change?.kind === 'status_refused'
    ? statusRefused(change.from, status)
    : toAnswer(change?.card)
}

/** The answer to whatever changes or shows a card. */
export function toAnswer(card: Card | undefined): WireAnswer {
  return card ? json(renderCard(card)) : problem('not_found')
}
