import { randomUUIDv7 } from 'node:crypto'
import type { MandateId } from '@tolem/domain/mandate'
import { type Adapters, monotonicNow, now } from './adapters.ts'
import type { CardPorts } from './cards/cards.ts'
import type { MandatePorts } from './cards/mandates.ts'
import { cardRoutes } from './cards/routes.ts'
import { holdUntil } from './hold-period.ts'
import { compileWithoutTypes } from './inquiries/balance.ts'
import { createBankDescriptions } from './inquiries/bank.ts'
import { type InquiryPorts, inquiryRoutes } from './inquiries/routes.ts'
import { type LifePorts, lifeRoutes } from './life/routes.ts'
import type { Route } from './route.ts'

/** Every call of the bank API besides those that are decided by `authorize`, joined with the adapters. */
export function toRoutes(adapters: Adapters): readonly Route[] {
  return [
    ...lifeRoutes(toLifePorts(adapters)),
    ...inquiryRoutes(toInquiryPorts(adapters)),
    ...cardRoutes(toCardPorts(adapters)),
  ]
}

function toLifePorts({ holds, programme, quoteCredit }: Adapters): LifePorts {
  return {
    ...holds,
    holdUntil: ({ holdPeriods }, request, receivedAt) =>
      holdUntil(holdPeriods, request, receivedAt),
    adviceRate: programme.advicePolicy.rate,
    refundRate: programme.refundPolicy.rate,
    presentRate(exchange, asset) {
      const quoted = quoteCredit(exchange, asset)
      return quoted.ok ? quoted.value.rate : undefined
    },
  }
}

function toInquiryPorts(adapters: Adapters): InquiryPorts {
  const { programme, records, lists, cards, quotes, rules, spendable } = adapters
  const level = compileWithoutTypes(programme.controls)
  const levels = new Map(
    programme.banks.map(({ id, controls }) => [id, [level, compileWithoutTypes(controls)]]),
  )
  return {
    findAuthorization: records.find,
    listAuthorizations: lists.list,
    findCard: ({ bank, cardToken }) => cards.find(bank, cardToken),
    rail: rules.rail,
    isAssetAllowed: rules.isAssetAllowed,
    levelsOf: (bank) => levels.get(bank) ?? [level],
    spendable,
    describeBank: createBankDescriptions(programme),
    listRates: () => quotes.listRates(now()),
    maximumAgeMs: programme.ratePolicy.maximumAgeMs,
    monotonicNow,
  }
}

function toCardPorts({ cards, mandates, rails }: Adapters): CardPorts & MandatePorts {
  return {
    ...cards,
    mandates,
    mandatesFor: rails.mandatesFor,
    newMandateId: () => `mdt_${randomUUIDv7()}` as MandateId,
    monotonicNow,
    hasWallet: ({ exchange, rail }) => rails.railFor(exchange, rail) !== undefined,
  }
}
