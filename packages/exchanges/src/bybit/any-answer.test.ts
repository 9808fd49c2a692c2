import type { ExchangeId } from '@tolem/domain/ids'
import type { MandateReference } from '@tolem/domain/mandate'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { openBybitConversion, saleOfEther as sale } from '../testing/bybit-conversion.ts'
import { bybitDialect } from '../testing/bybit-dialect.ts'
import { NOW } from '../testing/opened-rail.ts'
import { openRails } from '../testing/opened-rails.ts'
import type { Reply } from '../testing/scripted-exchange.ts'

const LIMIT = { timeoutMs: 2_000 }
const SPAN = { sentAfter: NOW, sentBefore: NOW }

/** Bodies of any bytes, of any JSON, and of success with any result; below 403, so that nothing bans us. */
const replies = fc
  .record({
    status: fc.oneof(fc.constant(200), fc.integer({ min: 200, max: 402 })),
    body: fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({ retCode: fc.constantFrom(0, 20000, '0'), result: fc.anything() })
        .map((body) => Buffer.from(fc.stringify(body))),
    ),
  })
  .map(({ status, body }): Reply => {
    const isBodiless = status === 204 || status === 304
    return { status, body: isBodiless ? '' : body }
  })

test.each(['spot', 'convert'] as const)(
  'no answer makes a fill by %s out of nothing',
  async (via) => {
    let now = NOW
    const { exchange, port, close } = await openBybitConversion(via, { now: () => now })
    onTestFinished(close)
    const ticket = { text: sale.reference as string }
    await fc.assert(
      fc.asyncProperty(replies, async (reply) => {
        // Ten seconds later: the rate is never used up.
        now += 10_000
        exchange.play(reply)
        expect((await port.execute(sale, ticket, LIMIT)).kind).not.toBe('open')
        expect(['filled', 'open']).not.toContain((await port.lookUp(sale, ticket, SPAN)).kind)
        if (via === 'convert') expect(await port.prepare(sale, LIMIT)).toMatchObject({ ok: false })
        const markets = await port.markets(LIMIT)
        expect(markets.ok ? markets.value : []).toEqual([])
      }),
      { numRuns: 60 },
    )
  },
)

test('no answer makes a mandate out of nothing, and none ends one', async () => {
  let now = NOW
  const { exchange, rails, close } = await openRails(bybitDialect.settings, () => now)
  onTestFinished(close)
  const mandates = rails.mandatesFor('bybit' as ExchangeId, 'bybit-pay')
  const reference = 'tm0123456789abcdefghijklmno' as MandateReference
  await fc.assert(
    fc.asyncProperty(replies, async (reply) => {
      now += 10_000
      exchange.play(reply)
      const known = { reference, userId: 'U1', walletId: 'AGR1' }
      expect((await mandates?.find(known, LIMIT))?.kind).toBe('unknown')
      expect((await mandates?.end(known, LIMIT))?.kind).not.toBe('ended')
    }),
    { numRuns: 60 },
  )
})
