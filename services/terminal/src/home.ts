import { join } from 'node:path'
import { type DemoBank, type DemoFile, readDemoFile, writeDemoFile } from '@tolem/client/demo-file'
import { type CardBody, cardBody } from '@tolem/wire/card'

/**
 * The demo banks of a running Tolem.
 *
 * @throws {DemoFileMistake} when Tolem was not started with this home.
 */
export function readDemo(home: string): DemoFile {
  return readDemoFile(join(home, 'demo.json'))
}

/** Notes in `demo.json` what a card was last put as. */
export function rememberCard(
  home: string,
  card: { readonly bank: string; readonly token: string; readonly body: CardBody },
): void {
  const demo = readDemo(home)
  const banks = demo.banks.map((bank) =>
    bank.id === card.bank ? { ...bank, cards: withCard(bank.cards, card) } : bank,
  )
  writeDemoFile(join(home, 'demo.json'), { ...demo, banks })
}

function withCard(
  cards: DemoBank['cards'],
  { token, body }: { readonly token: string; readonly body: CardBody },
): DemoBank['cards'] {
  const known = cards.find((one) => one.token === token)
  const entry = {
    token,
    description: known?.description ?? 'put by hand',
    card: cardBody.parse(body),
  }
  return known ? cards.map((one) => (one === known ? entry : one)) : [...cards, entry]
}
