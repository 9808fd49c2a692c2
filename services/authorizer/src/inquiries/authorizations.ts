import type { FoundAuthorization } from '@tolem/authorizations/find'
import type { ListedPage, ListRequest } from '@tolem/authorizations/lists'
import { type AuthorizationId, type BankId, parseAuthorizationId } from '@tolem/domain/ids'
import type { AuthorizationPage } from '@tolem/wire/inquiry'
import { parseListQuery, toCursor } from '@tolem/wire/list'
import { problem, type WireAnswer } from '@tolem/wire/problem'
import { type Call, json } from '../route.ts'
import { toRecord, toSummary } from './to-record.ts'

/** What questions about authorizations are joined with. */
export type AuthorizationPorts = {
  findAuthorization(bank: BankId, id: AuthorizationId): Promise<FoundAuthorization | undefined>
  listAuthorizations(request: ListRequest): Promise<ListedPage>
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

/** `GET /v1/authorizations`: the calling bank's own, page by page, the latest first. */
export async function listAuthorizations(
  ports: AuthorizationPorts,
  { caller, message }: Call,
): Promise<WireAnswer> {
  const parsed = parseListQuery(message.path)
  if (!parsed.ok) return parsed.answer
  const { cursor, ...filters } = parsed.value
  const listed = await ports.listAuthorizations({ bank: caller.id, ...filters, before: cursor })
  const last = listed.authorizations.at(-1)
  const page: AuthorizationPage = {
    authorizations: listed.authorizations.map(toSummary),
    ...(listed.hasMore && last && { nextCursor: toCursor(last.id) }),
  }
  return json(JSON.stringify(page))
}
