import type { AuthorizationRequest } from '@tolem/domain/authorization'
import type { ProgrammeBank } from '@tolem/programme/schema'

const DAY_MS = 86_400_000

/** What decides for how long something is held. */
type Held = Pick<
  AuthorizationRequest,
  'isFinal' | 'isPreauthorization' | 'merchantCategoryCode' | 'type'
>

/**
 * When the hold of an approval expires (ms since the epoch) if no clearing comes, by its bank's periods: the merchant
 * category's own, where it has one, a code before a range; else that of preauthorizations; else the common one. Nothing
 * for what is never open: a final authorization and a verification.
 */
export function holdUntil(
  periods: ProgrammeBank['holdPeriods'],
  held: Held,
  receivedAt: number,
): number | undefined {
  if (held.isFinal || held.type === 'account_verification') return undefined
  const { days, preauthorizationDays, byMerchantCategory } = periods
  const common = held.isPreauthorization ? preauthorizationDays : days
  return receivedAt + (daysOf(byMerchantCategory, held.merchantCategoryCode) ?? common) * DAY_MS
}

function daysOf(byCategory: Readonly<Record<string, number>>, code: string): number | undefined {
  const own = byCategory[code]
  if (own !== undefined) return own
  for (const [range, days] of Object.entries(byCategory)) {
    const [from = '', to] = range.split('-')
    // Four digits each: the order of the texts is that of the numbers.
    if (to !== undefined && from <= code && code <= to) return days
  }
  return undefined
}
