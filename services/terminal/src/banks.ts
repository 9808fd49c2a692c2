import { type Client, createClient } from '@tolem/client'
import { type DemoBank, type DemoFile, signingKeyOf } from '@tolem/client/demo-file'
import type { AuthorizationRecord } from '@tolem/wire/inquiry'
import { readDemo } from './home.ts'
import { Mistake } from './mistake.ts'

/** Options that every command has. */
export type CommonOptions = { readonly home: string; readonly url?: string }

/**
 * Longer than any response budget (3,000 ms at most), so that an answer which comes too late is still shown as one.
 */
export const ANSWER_TIMEOUT_MS = 5_000

/** The demo banks, and where the bank API is. */
export function openDemo({ home, url }: CommonOptions): DemoFile {
  const demo = readDemo(home)
  return url === undefined ? demo : { ...demo, url }
}

/** @throws {Mistake} naming the banks that there are. */
export function findBank(demo: DemoFile, id: string): DemoBank {
  const bank = demo.banks.find((one) => one.id === id)
  if (bank) return bank
  const known = demo.banks.map((one) => one.id).join(', ')
  throw new Mistake(`There is no demo bank "${id}". There are: ${known}.`)
}

/**
 * The bank whose card a command is about: `card` and its subcommands share the option, so that none can demand it.
 *
 * @throws {Mistake} when it was not given.
 */
export function findCardBank(demo: DemoFile, id: string | undefined): DemoBank {
  if (id === undefined) throw new Mistake('Whose card? Give --bank, such as halyk.')
  return findBank(demo, id)
}

/** The token that was asked for, or the bank's first card. */
export function chooseCardToken(bank: DemoBank, token: string | undefined): string {
  const chosen = token ?? bank.cards[0]?.token
  if (chosen === undefined)
    throw new Mistake(`${bank.name} has no demo card. Name one: --card TOKEN`)
  return chosen
}

/** Works with a client of one bank and closes it afterwards. */
export async function withClient<T>(
  demo: DemoFile,
  bank: DemoBank,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = createClient({
    url: demo.url,
    key: signingKeyOf(bank),
    timeoutMs: ANSWER_TIMEOUT_MS,
    connections: 1,
  })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

/**
 * Asks each bank in turn for an authorization, since an id does not tell whose it is.
 *
 * @throws {Mistake} when none has it, or Tolem does not answer.
 */
export async function findOwner(
  demo: DemoFile,
  banks: readonly DemoBank[],
  id: string,
): Promise<{ readonly bank: DemoBank; readonly record: AuthorizationRecord }> {
  for (const bank of banks) {
    const result = await withClient(demo, bank, (client) => client.findAuthorization(id))
    if (result.kind === 'decided') return { bank, record: result.answer }
    if (result.kind === 'unreachable') throw new Mistake(tellUnreachable(demo.url, result.detail))
    if (result.status !== 404) throw new Mistake(`${result.problem.title} (${result.status})`)
  }
  throw new Mistake(
    `No authorization ${id} is known to ${banks.map((bank) => bank.id).join(', ')}.`,
  )
}

/** Why there is no answer, and what to look at. */
export function tellUnreachable(url: string, detail: string): string {
  return `Tolem does not answer at ${url}: ${detail}. Is it running? Start it with: npm start`
}
