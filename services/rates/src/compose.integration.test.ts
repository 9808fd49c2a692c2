import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import { createLocalBus } from '@tolem/redis/bus'
import { createAdminServer } from '@tolem/telemetry/admin'
import { createLogger } from '@tolem/telemetry/logger'
import { createMetrics } from '@tolem/telemetry/metrics'
import { createTestDatabase } from '@tolem/testing/backends'
import { expect, onTestFinished, test } from 'vitest'
import { composeRates } from './compose.ts'

const NO_OFFICIAL = 'no official rate that is young enough: its band is not checked'

/** Bybit's books and the National Bank by HTTP on one port, and no stream at all. */
async function openWorld() {
  const world = { bid: 474.1, isBankOpen: true }
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://world')
    const day = url.searchParams.get('fdate')
    if (day !== null && !world.isBankOpen) return void response.writeHead(503).end()
    if (day !== null)
      return void response.end(
        `<rates><date>${day}</date><item><title>USD</title><description>474.2</description>` +
          '<quant>1</quant></item></rates>',
      )
    world.bid += 0.01
    const symbol = url.searchParams.get('symbol')
    const book = {
      symbol,
      bid1Price: world.bid.toFixed(2),
      ask1Price: (world.bid + 0.2).toFixed(2),
    }
    response.end(JSON.stringify({ retCode: 0, result: { category: 'spot', list: [book] } }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { world, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

/** The pilot with Bybit's tenge alone, over HTTP. */
function programmeAt(url: string) {
  const pilot = readProgramme(PILOT_PROGRAMME_FILE)
  const { officialRate } = pilot.ratePolicy
  if (officialRate === undefined) throw new Error('the pilot asks the National Bank')
  const exchanges = pilot.exchanges
    .filter(({ id }) => id === 'bybit')
    .map((exchange) => ({
      ...exchange,
      feed: {
        ...exchange.feed,
        webSocket: url.replace('http', 'ws'),
        rest: url,
        pairs: ['USDT/KZT'],
      },
    }))
  return {
    ...pilot,
    exchanges,
    ratePolicy: { ...pilot.ratePolicy, officialRate: { ...officialRate, url } },
  }
}

async function startRates(url: string, databaseUrl: string) {
  const metrics = createMetrics('rates')
  const bus = createLocalBus()
  const rates = composeRates({
    programme: programmeAt(url),
    bus,
    logger: createLogger({ service: 'rates', level: 'fatal' }),
    metrics,
    now: Date.now,
    random: () => 0.5,
    database: { url: databaseUrl, keepDays: 1 },
  })
  const admin = createAdminServer({ metrics, readiness: rates.readiness })
  rates.addPages(admin)
  const adminUrl = await admin.listen({ host: '127.0.0.1', port: 0 })
  rates.start()
  let isClosed = false
  const close = async () => {
    if (isClosed) return
    isClosed = true
    await admin.close()
    await rates.close()
    await bus.close()
  }
  onTestFinished(close)
  return { rates, adminUrl, close }
}

test('without a stream prices come by HTTP, are kept, and the official rate stands over a restart', async () => {
  const { world, url } = await openWorld()
  const database = await createTestDatabase()
  onTestFinished(() => database.drop())
  const first = await startRates(url, database.url)
  await expect
    .poll(() => first.rates.readiness(), { timeout: 15_000 })
    .toEqual({ ready: true, reasons: [] })
  await expect
    .poll(
      async () => {
        const answer = await fetch(`${first.adminUrl}/history.json?exchange=bybit&asset=USDT`)
        const { points, official } = (await answer.json()) as {
          points: object[]
          official: object[]
        }
        return points.length > 0 && official.length
      },
      { timeout: 15_000 },
    )
    .toBe(1)
  await first.close()
  world.isBankOpen = false
  const second = await startRates(url, database.url)
  await expect.poll(() => second.rates.readiness().ready, { timeout: 15_000 }).toBe(true)
  expect(second.rates.readiness().reasons).not.toContain(NO_OFFICIAL)
})

test('a database that is not there holds up no rate', async () => {
  const { url } = await openWorld()
  const { rates } = await startRates(url, 'postgres://nobody@127.0.0.1:1/nothing')
  await expect.poll(() => rates.readiness().ready, { timeout: 15_000 }).toBe(true)
})
