import type { FoundAuthorization } from '@tolem/authorizations/find'
import { type AuthorizationId, type BankId, parseAuthorizationId } from '@tolem/domain/ids'
import { formatAmount } from '@tolem/money/amount'
import type { AuthorizationRecord } from '@tolem/wire/inquiry'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import { type Call, json } from '../route.ts'

/** What questions about authorizations are joined with. */
export type AuthorizationPorts = {
  findAuthorization(bank: BankId, id: AuthorizationId): Promise<FoundAuthorization | undefined>
}

/** `GET /v1/authorizations/{id}`: the record behind a decision. Another bank's is not found. */
export async function getAuthorization(
  ports: AuthorizationPorts,
  { caller, parameters }: Call,
): Promise<WireAnswer> {
  const parsed = parseAuthorizationId(parameters['id'] ?? '')
  const found = parsed && (await ports.findAuthorization(caller.id, parsed))
  return found ? json(JSON.stringify(toRecord(found))) : problem('not_found')
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
