import { randomUUID } from 'node:crypto'
import { type Conversions, createConversions } from '@tolem/conversions'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import { createTestDatabase } from '@tolem/testing/backends'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createMeters } from '../meters.ts'
import { openPostgres } from '../testing/world.ts'
import { createConverter } from './converter.ts'
import { createConversionMeters } from './meters.ts'

test('folding rests between its turns, however fast purchases are posted', async () => {
  const database = await createTestDatabase()
  const postgres = openPostgres(database.url)
  const conversions = createConversions(postgres)
  const post = () =>
    postgres.run(
      {
        name: '',
        text: `SELECT ledger_post(ARRAY[$1], ARRAY[1]::smallint[], ARRAY[$2]::uuid[], ARRAY['KZT'], ARRAY[1],
          ARRAY['conversion/bybit/USDT'], ARRAY['fee_income'])`,
      },
      [`approval/${randomUUID()}`, randomUUID()],
    )
  const foldedAt: number[] = []
  // As under load: whenever something was folded, something else has been posted meanwhile.
  const busy: Conversions = {
    ...conversions,
    async fold() {
      foldedAt.push(performance.now())
      const folded = await conversions.fold()
      if (foldedAt.length < 40) await post()
      return folded
    },
  }
  const metrics = createMetrics('settlement')
  const converter = createConverter({
    conversions: busy,
    desks: [],
    meters: createConversionMeters(metrics, createMeters(metrics)),
    logger: createLogger({ service: 'settlement', level: 'silent' }),
    elapsed: () => performance.now(),
    pollIntervalMs: 20,
  })
  onTestFinished(async () => {
    await converter.close(5_000)
    await postgres.close()
    await database.drop()
  })
  await post()
  converter.start()
  await vi.waitFor(() => expect(foldedAt.length).toBeGreaterThanOrEqual(2), { timeout: 30_000 })
  const [first = 0, second = 0] = foldedAt
  expect(second - first).toBeGreaterThan(1_900)
})
