import type { Client } from '@tolem/client'
import type { BalanceInquiryBody } from '@tolem/wire/balance'
import { type AuthorizationPage, authorizationPage } from '@tolem/wire/inquiry'
import { aPurchase } from './messages.ts'
import type { Reply } from './stack.ts'

/** Signs and sends a call of the bank API; a body makes it a POST. */
export function call(client: Client, path: string, body?: object): Promise<Reply> {
  return client.send(
    body === undefined
      ? { method: 'GET', path }
      : { method: 'POST', path, body: JSON.stringify(body) },
  )
}

/** What a call answered; throws when that was a problem. */
export async function answered(reply: Promise<Reply>): Promise<unknown> {
  const { status, body } = await reply
  if (status !== 200) throw new Error(`no answer: ${status} ${body}`)
  return JSON.parse(body)
}

/** The name of the problem that a call was refused with; throws when it was not. */
export async function refused(reply: Promise<Reply>): Promise<string> {
  const { status, body } = await reply
  if (status === 200) throw new Error(`not refused: ${body}`)
  return JSON.parse(body).type.slice('/problems/'.length)
}

/** A balance inquiry that no one has sent before, at the terminal of a purchase. */
export function aBalanceInquiry(
  cardToken: string,
  change: Partial<BalanceInquiryBody> = {},
): BalanceInquiryBody {
  const { type: _, transactionAmount: __, ...inquiry } = aPurchase(cardToken)
  return { ...inquiry, ...change }
}

/** One page of a bank's list; `query` begins after the question mark. */
export async function listPage(client: Client, query: string): Promise<AuthorizationPage> {
  return authorizationPage.parse(await answered(call(client, `/v1/authorizations?${query}`)))
}

/** The ids of a whole list, page after page; `between` runs before each further page. */
export async function listAll(
  client: Client,
  query: string,
  between: () => Promise<unknown> = () => Promise.resolve(),
): Promise<readonly string[]> {
  const ids: string[] = []
  for (let cursor = ''; ; ) {
    const page = await listPage(client, query + cursor)
    ids.push(...page.authorizations.map(({ authorizationId }) => authorizationId))
    if (page.nextCursor === undefined) return ids
    cursor = `&cursor=${page.nextCursor}`
    await between()
  }
}
