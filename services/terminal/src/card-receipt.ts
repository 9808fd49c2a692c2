import type { DemoBank } from '@tolem/client/demo-file'
import type { CardBody } from '@tolem/wire/card'
import { labelled } from './lines.ts'

/** A card as its bank has it. */
export function renderCard(bank: DemoBank, token: string, card: CardBody): string {
  const { limits = {}, walletLink } = card
  const wallet = walletLink
    ? `${walletLink.exchange}, ${walletLink.rail}, ${walletLink.assets.join(' then ')}`
    : 'none linked'
  return [
    '',
    labelled('Card', `${token}, ${bank.name}`),
    labelled('Status', card.status),
    labelled('Expires', card.expiresOn),
    labelled('Wallet', wallet),
    labelled('One purchase', tellLimit(limits.perTransaction)),
    labelled('A day', `${tellLimit(limits.dailyAmount)}, ${tellCount(limits.dailyCount)}`),
    labelled('A month', tellLimit(limits.monthlyAmount)),
    ...(card.controls ? [labelled('Controls', JSON.stringify(card.controls))] : []),
    '',
  ].join('\n')
}

function tellLimit(
  limit: { readonly value: string; readonly currency: string } | undefined,
): string {
  return limit ? `at most ${limit.value} ${limit.currency}` : 'no limit'
}

function tellCount(count: number | undefined): string {
  return count === undefined ? 'any number of times' : `at most ${count} times`
}
