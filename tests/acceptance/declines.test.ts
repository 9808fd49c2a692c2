import { DECLINE_REASONS, type DeclineReason } from '@tolem/domain/decision'
import { expect, test } from 'vitest'
import { openDatabase } from '../support/database.ts'
import { type CallName, post } from '../support/life/calls.ts'
import { standingOf, untilAtRest } from '../support/life/standing.ts'
import { ownHouse } from '../support/own-house.ts'
import { type Place, PROVOCATIONS } from '../support/provocations.ts'
import type { TestCard } from '../support/stack.ts'
import { CODES_OF_FORTE, strictProgramme } from '../support/strict-programme.ts'

/** A programme that refuses whatever a programme can refuse. */
const own = ownHouse(strictProgramme)

/** What ISO 8583 field 39 says of each reason, unless a bank's scheme wants something else. */
const CODES: Readonly<Record<DeclineReason, string>> = {
  unknown_card: '14',
  card_expired: '54',
  card_lost: '41',
  card_stolen: '43',
  card_frozen: '62',
  card_closed: '14',
  card_not_activated: '78',
  wallet_not_linked: '78',
  exchange_not_licensed: '57',
  exchange_not_permitted: '57',
  transaction_type_not_permitted: '57',
  channel_not_permitted: '58',
  merchant_category_not_permitted: '57',
  country_not_permitted: '62',
  currency_not_supported: '12',
  invalid_amount: '13',
  original_not_found: '25',
  original_closed: '12',
  refund_exceeds_original: '13',
  amount_limit_exceeded: '61',
  count_limit_exceeded: '65',
  asset_suspended: '57',
  rate_unavailable: '91',
  rate_unsafe: '91',
  insufficient_funds: '51',
  exchange_refused: '05',
  exchange_unavailable: '91',
  exchange_in_doubt: '91',
  deadline_exceeded: '91',
  reversed_before_authorization: '05',
  cleared_before_authorization: '05',
  advised_before_authorization: '05',
  system_malfunction: '96',
}

const CASES = DECLINE_REASONS.flatMap((reason) => [
  { reason, bank: 'halyk', code: CODES[reason] } as const,
  { reason, bank: 'forte', code: CODES_OF_FORTE[reason] } as const,
])

test.for(CASES)(
  'declines with $reason, which $bank hears as $code, and no money moves',
  async (given) => {
    const { reason, bank, code } = given
    const { house, stack } = own()
    const database = openDatabase(house.database.url)
    try {
      const client = stack.bank(bank)
      const place: Place = {
        bank,
        stack,
        client,
        database,
        openCard: (options) => stack.openCard({ bank, ...options }),
      }
      const { card, call, body, headers } = await PROVOCATIONS[reason](place)
      await untilAtRest(database, card)
      const before = await moneyOf(card)
      const reply = await sendUntilAnswered(call, body, headers)
      expect([reply.status, JSON.parse(reply.body)]).toMatchObject([
        200,
        { decision: 'declined', reason, responseCode: code, messages: MESSAGES },
      ])
      await untilAtRest(database, card)
      expect(await moneyOf(card)).toEqual(before)

      async function moneyOf(whose: TestCard) {
        const { taken, ledger, used } = await standingOf(database, whose)
        const moved = Object.entries(ledger).filter(([, net]) => net !== 0n)
        return {
          taken,
          used: used ?? 0n,
          ledger: Object.fromEntries(moved),
          balance: await whose.balance(),
        }
      }

      async function sendUntilAnswered(
        name: CallName,
        message: object,
        more: Readonly<Record<string, string>> = {},
      ) {
        const first = await client.send({
          method: 'POST',
          path: `/v1/${name}`,
          headers: more,
          body: JSON.stringify(message),
        })
        let last = first
        for (let count = 0; last.status === 503 && count < 40; count += 1)
          last = await post(client, name, { ...message, repeat: true })
        return last
      }
    } finally {
      await database.close()
    }
  },
)

const SAID = expect.stringMatching(/\S.{8,}/)
const MESSAGES = { kk: SAID, ru: SAID, en: SAID }
