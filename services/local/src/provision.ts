import { join } from 'node:path'
import { type Client, createClient } from '@tolem/client'
import { type DemoBank, type DemoFile, signingKeyOf, writeDemoFile } from '@tolem/client/demo-file'
import { DEMO_CARDS, type DemoCard } from './demo-cards.ts'
import type { House } from './house.ts'
import { untilInTime } from './later.ts'

/** A demo bank with a client that signs in its name. */
export type BankClient = { readonly bank: DemoBank; readonly client: Client }

/** Opens a client for each bank of the demo. */
export function openClients(demo: DemoFile): readonly BankClient[] {
  return demo.banks.map((bank) => ({
    bank,
    client: createClient({ url: demo.url, key: signingKeyOf(bank), timeoutMs: 5_000 }),
  }))
}

/** The demo as other programs read it: where everything is, and how each bank signs. */
export function describeDemo(house: House): DemoFile {
  return {
    url: house.url,
    sandboxUrl: house.sandboxUrl ?? house.url,
    banks: house.programme.banks.flatMap((bank) => {
      const [key] = bank.keys
      const signingKey = key && house.secrets.signingKeys[key.keyId]
      if (!key || signingKey === undefined) return []
      const cards = DEMO_CARDS.filter((card) => card.bank === bank.id && canPay(house, card))
      return {
        id: bank.id,
        name: bank.name,
        keyId: key.keyId,
        algorithm: key.algorithm,
        key: signingKey,
        cards: cards.map(({ token, description, card }) => ({ token, description, card })),
      }
    }),
  }
}

/** A programme of one's own may lack the exchange or the rail that a demo card pays from. */
function canPay({ programme }: House, { card: { walletLink } }: DemoCard): boolean {
  const exchange = programme.exchanges.find((one) => one.id === walletLink?.exchange)
  return exchange?.rails.some(({ rail }) => rail === walletLink?.rail) ?? false
}

/** Where a home keeps it. */
export function demoFilePath(house: House): string {
  return join(house.home, 'demo.json')
}

/**
 * Provisions the demo's cards as their banks would, over the API, and tells where everything is. Cards that an earlier
 * start already put are as somebody may have changed them since, and stay so.
 */
export async function provisionDemo(
  house: House,
  clients: readonly BankClient[],
  earlier: DemoFile | undefined,
): Promise<void> {
  const known = new Set(earlier?.banks.flatMap((bank) => bank.cards.map((card) => card.token)))
  for (const { bank, client } of clients)
    for (const { token, card } of bank.cards) {
      if (card === undefined || known.has(token)) continue
      const result = await untilInTime(() => client.putCard(token, card))
      if (result.kind !== 'decided')
        throw new Error(`card ${token} could not be put: ${JSON.stringify(result)}`)
    }
  const demo = describeDemo(house)
  writeDemoFile(demoFilePath(house), {
    ...demo,
    banks: demo.banks.map((bank) => keepCards(bank, earlier)),
  })
}

/** A card that was changed since keeps its last known body, because the API has no way of reading a card. */
function keepCards(bank: DemoBank, earlier: DemoFile | undefined): DemoBank {
  const before = earlier?.banks.find((one) => one.id === bank.id)
  const cards = bank.cards.map(
    (card) => before?.cards.find((one) => one.token === card.token) ?? card,
  )
  return { ...bank, cards }
}
