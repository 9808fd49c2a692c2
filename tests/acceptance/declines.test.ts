import type { Client } from '@tolem/client'
import { DECLINE_REASONS } from '@tolem/domain/decision'
import { RESPONSE_CODES } from '@tolem/testing/response-codes'
import { afterAll, expect, test } from 'vitest'
import { type Database, openDatabase } from '../support/database.ts'
import { standingOf, untilAtRest } from '../support/life/standing.ts'
import { ownHouse } from '../support/own-house.ts'
import { type Place, PROVOCATIONS, type Provoked } from '../support/provocations.ts'
import type { TestCard } from '../support/stack.ts'
import { CODES_OF_FORTE, strictProgramme } from '../support/strict-programme.ts'

/** A programme that refuses whatever a programme can refuse. */
const own = ownHouse(strictProgramme)
let opened: Database | undefined
const database = (): Database => {
  opened ??= openDatabase(own().house.database.url)
  return opened
}
afterAll(() => opened?.close())

const CASES = DECLINE_REASONS.flatMap((reason) => [
  { reason, bank: 'halyk', code: RESPONSE_CODES[reason] } as const,
  { reason, bank: 'forte', code: CODES_OF_FORTE[reason] } as const,
])

test.for(CASES)(
  'declines with $reason, which $bank hears as $code, and no money moves',
  async ({ reason, bank, code }) => {
    const { stack } = own()
    const client = stack.bank(bank)
    const place: Place = {
      bank,
      stack,
      client,
      database: database(),
      openCard: (options) => stack.openCard({ bank, ...options }),
    }
    const provoked = await PROVOCATIONS[reason](place)
    const { card } = provoked
    await untilAtRest(place.database, card)
    const before = await moneyOf(place, card)
    const reply = await sendUntilAnswered(client, provoked)
    await provoked.undo?.()
    expect([reply.status, JSON.parse(reply.body)]).toMatchObject([
      200,
      { decision: 'declined', reason, responseCode: code, messages: MESSAGES },
    ])
    await untilAtRest(place.database, card)
    expect(await moneyOf(place, card)).toEqual(before)
  },
)

const SAID = expect.stringMatching(/\S.{8,}/)
const MESSAGES = { kk: SAID, ru: SAID, en: SAID }

/** What the exchange has taken of a card, what the ledger says of it, and what it has used of its day. */
async function moneyOf(place: Place, card: TestCard) {
  const { taken, ledger, used } = await standingOf(place.database, card)
  const moved = Object.fromEntries(Object.entries(ledger).filter(([, net]) => net !== 0n))
  return { taken, used: used ?? 0n, ledger: moved, balance: await card.balance() }
}

/** What could not be recorded in time, which a busy machine can cause, is sent again. */
async function sendUntilAnswered(client: Client, { call, body, headers = {} }: Provoked) {
  const path = `/v1/${call}`
  const send = (sent: object) =>
    client.send({ method: 'POST', path, headers, body: JSON.stringify(sent) })
  let reply = await send(body)
  for (let count = 0; reply.status === 503 && count < 40; count += 1)
    reply = await send({ ...body, repeat: true })
  return reply
}
