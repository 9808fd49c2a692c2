import type { CardChange } from '@tolem/cards/changes'
import type { Card } from '@tolem/domain/card'
import type { CardToken } from '@tolem/domain/ids'
import { parseCard, renderCard, statusRefused } from '@tolem/wire/card'
import { holdsCardNumber } from '@tolem/wire/card-number'
import { cardToken } from '@tolem/wire/fields'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import { type Call, json } from '../route.ts'

/** What the provisioning of cards is joined with. */
export type CardPorts = {
  putCard(card: Omit<Card, 'version'>): Promise<CardChange>
  hasWallet(wallet: NonNullable<Card['walletLink']>): boolean
}

/** `PUT /v1/cards/{cardToken}`: the card as its bank wants it, whole. */
export async function putCard(
  ports: CardPorts,
  { caller, message, parameters }: Call,
): Promise<WireAnswer> {
  const { cardToken: token = '' } = parameters
  if (holdsCardNumber(token))
    return problem('card_number_refused', {
      errors: [{ pointer: '', detail: 'the path looks like a card number' }],
    })
  if (!cardToken.safeParse(token).success)
    return problem('fields_invalid', {
      errors: [{ pointer: '', detail: 'the path’s card token: 4 to 64 of A-Z a-z 0-9 _ -' }],
    })
  const parsed = parseCard(caller.id, token as CardToken, message.body)
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
