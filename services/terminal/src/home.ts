import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type DemoBank, type DemoFile, readDemoFile, writeDemoFile } from '@tolem/client/demo-file'
import { type CardBody, cardBody } from '@tolem/wire/card'
import { z } from 'zod'

const purchase = z.object({
  bank: z.string(),
  /** Absent when no answer came: then only the network key can reverse it. */
  authorizationId: z.string().optional(),
  networkKey: z.object({
    acquirerId: z.string(),
    terminalId: z.string(),
    systemTraceAuditNumber: z.string(),
    retrievalReferenceNumber: z.string(),
    localDateTime: z.string(),
  }),
  amount: z.string(),
  merchant: z.string(),
})

const terminalFile = z.object({ lastPurchase: purchase })

/** A purchase as `terminal.json` remembers it. */
export type RememberedPurchase = z.output<typeof purchase>

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

/** The last purchase from this home, or nothing when there was none or its note cannot be read. */
export function readLastPurchase(home: string): RememberedPurchase | undefined {
  try {
    const text = readFileSync(join(home, 'terminal.json'), 'utf8')
    return terminalFile.parse(JSON.parse(text)).lastPurchase
  } catch {
    // The note is a convenience: who asks for it says that there is none, and the id can still be given by hand.
    return undefined
  }
}

/** Notes a purchase, whole or not at all, so that it can be reversed without its id. */
export function rememberPurchase(home: string, lastPurchase: RememberedPurchase): void {
  mkdirSync(home, { recursive: true })
  const path = join(home, 'terminal.json')
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, `${JSON.stringify({ lastPurchase }, undefined, 2)}\n`, { mode: 0o600 })
  renameSync(draft, path)
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
