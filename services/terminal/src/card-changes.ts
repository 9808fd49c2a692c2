import type { CardStatus } from '@tolem/domain/card'
import type { CardBody } from '@tolem/wire/card'

/** What to change of a card. Limits are tenge as decimal text, or `none` to take one away. */
export type CardChanges = {
  readonly status?: CardStatus
  readonly expires?: string
  readonly perTransaction?: string
  readonly daily?: string
  readonly dailyCount?: number
  readonly monthly?: string
}

/** The whole card with the changes in it. */
export function changeCard(card: CardBody, changes: CardChanges): CardBody {
  const { limits = {} } = card
  return {
    ...card,
    status: changes.status ?? card.status,
    expiresOn: changes.expires ?? card.expiresOn,
    limits: {
      perTransaction: changeLimit(limits.perTransaction, changes.perTransaction),
      dailyAmount: changeLimit(limits.dailyAmount, changes.daily),
      dailyCount: changes.dailyCount ?? limits.dailyCount,
      monthlyAmount: changeLimit(limits.monthlyAmount, changes.monthly),
    },
  }
}

type Limit = { readonly value: string; readonly currency: string } | undefined

function changeLimit(present: Limit, change: string | undefined): Limit {
  if (change === undefined) return present
  return change === 'none' ? undefined : { value: change, currency: 'KZT' }
}
