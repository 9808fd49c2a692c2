import { parseAuthorization, parseIncrement } from '@tolem/wire/request'
import { type Adapters, monotonicNow, now } from './adapters.ts'
import type { AuthorizePorts } from './authorize.ts'
import { createAwaitOther } from './await-other.ts'
import { createBalance } from './balance.ts'
import type { CallReport } from './call-report.ts'
import { crashing } from './crashing.ts'
import { createDebit } from './debit.ts'
import { toRoutes } from './routes.ts'
import type { ServerPorts } from './server.ts'

/** What a server knows by itself, and decisions do without. */
type OwnPorts = 'mostConnections' | 'isDraining' | 'readiness'

/** The bank API, joined with the adapters. */
export function toServerPorts(adapters: Adapters, onCall: CallReport): Omit<ServerPorts, OwnPorts> {
  const { callers, report } = adapters
  const authorize = crashing(toAuthorizePorts(adapters))
  return {
    authorize,
    increment: { ...authorize, parse: parseIncrement },
    routes: toRoutes(adapters),
    verify: callers.verify,
    now,
    monotonicNow,
    admission: adapters.admission,
    onAuthorization: report.authorization,
    onCall,
    onMistake: report.mistake,
  }
}

function toAuthorizePorts(adapters: Adapters): AuthorizePorts {
  const { callers, records, cards, rails, flights, withdrawals, plan, balances } = adapters
  const { railFor } = rails
  return {
    verify: callers.verify,
    parse: parseAuthorization,
    answerOnce: flights.answerOnce,
    findOriginal: async ({ bank, original }) => original && records.findOriginal(bank, original),
    findCard: ({ bank, cardToken }) => cards.find(bank, cardToken),
    dropCard: ({ bank, cardToken }) => cards.drop(bank, cardToken),
    plan: (input) => plan({ ...input, now: now() }),
    accept: records.accept,
    awaitOther: createAwaitOther({ records, monotonicNow }),
    debit: createDebit({ railFor, balances, monotonicNow }),
    ...createBalance({ railFor, balances, monotonicNow }),
    quote: adapters.quotes.quote,
    isAssetAllowed: adapters.rules.isAssetAllowed,
    fallBack: records.fallBack,
    conclude: withdrawals.conclude,
  }
}
