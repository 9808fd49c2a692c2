import { accessSync, constants } from 'node:fs'
import type { Rate } from '@tolem/money/rate'
import { createPostgres } from '@tolem/postgres/pool'
import { createAdminServer } from '@tolem/telemetry/admin'
import { createMetrics } from '@tolem/telemetry/metrics'
import { createTestDatabase } from '@tolem/testing/backends'
import { leaveOut } from '@tolem/testing/left-out'
import { type Browser, launch, type Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, onTestFinished, type TestContext, test } from 'vitest'
import type { Chart } from './chart.ts'
import { addHistoryPages } from './pages.ts'
import { createHistoryStore, type HistoryStore } from './store.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const RATES = [
  { exchange: 'bybit', asset: 'USDT' },
  { exchange: 'binance', asset: 'BTC' },
]

/** Where a Chromium is on this machine; nothing where there is none. */
const CHROMIUM = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find(isThere)

let browser: Browser | undefined
let store: HistoryStore
let undo: (() => Promise<void>)[] = []

beforeAll(async () => {
  const database = await createTestDatabase()
  const postgres = createPostgres({
    url: database.url,
    poolSize: 2,
    acquireTimeoutMs: 5_000,
    statementTimeoutMs: 5_000,
    lockTimeoutMs: 5_000,
    applicationName: 'rates-page-test',
    onFault: () => {},
  })
  undo = [() => database.drop(), () => postgres.close()]
  store = createHistoryStore(postgres)
  await writeAnHour(store)
  if (CHROMIUM === undefined) return
  // Without a sandbox of its own, because containers allow it none; it sees nothing but our own page.
  browser = await launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
})

afterAll(async () => {
  await browser?.close()
  for (const step of undo.toReversed()) await step()
})

/** A price each five seconds, refused for a while, with a pause of ten minutes in which nothing was written. */
async function writeAnHour(to: HistoryStore): Promise<void> {
  const seconds = Array.from({ length: 720 }, (_, at) => at * 5).filter(
    (second) => second < 1_800 || second >= 2_400,
  )
  await to.append(
    seconds.map((second) => {
      const observedAt = NOW - 3_600_000 + second * 1_000
      const rate = { exchange: 'bybit', asset: 'USDT', observedAt } as const
      if (second >= 600 && second < 700)
        return { publishedAt: observedAt, rate: { ...rate, state: 'unsafe', guard: 'spike' } }
      const bid = (474 + Math.sin(second / 200)).toFixed(2) as Rate
      const ask = (474.2 + Math.sin(second / 200)).toFixed(2) as Rate
      const prices = { bid, ask, wideningBasisPoints: 4, sources: [] }
      return { publishedAt: observedAt, rate: { ...rate, state: 'safe', ...prices } }
    }),
  )
  await to.keep({ day: '2026-11-22', rate: '474.2' as Rate })
}

async function serve(kept: HistoryStore | 'none' = store): Promise<string> {
  const admin = createAdminServer({
    metrics: createMetrics('rates'),
    readiness: () => ({ ready: true, reasons: [] }),
  })
  addHistoryPages(admin, {
    store: kept === 'none' ? undefined : kept,
    rates: RATES,
    now: () => NOW,
  })
  onTestFinished(() => admin.close())
  return admin.listen({ host: '127.0.0.1', port: 0 })
}

async function chartAt(
  url: string,
  query: string,
): Promise<{ status: number; body: Chart & { error?: string } }> {
  const response = await fetch(`${url}/history.json?${query}`)
  return { status: response.status, body: (await response.json()) as Chart }
}

test('/history.json tells an hour: points, refusals and official rates', async () => {
  const { status, body } = await chartAt(await serve(), 'exchange=bybit&asset=USDT')
  expect(status).toBe(200)
  expect(body).toMatchObject({ from: NOW - 3_600_000, to: NOW, partMs: 3_600 })
  expect(body.points.length).toBeGreaterThan(500)
  expect(body.refusals).toEqual([{ guard: 'spike', from: NOW - 3_000_000, to: NOW - 2_900_000 }])
  expect(body.official).toEqual([{ day: '2026-11-22', rate: '474.2' }])
})

test.each([
  'asset=USDT',
  'exchange=bybit&asset=USDT&spanSeconds=0',
  'exchange=bybit&asset=USDT&spanSeconds=999999999',
  'exchange=bybit&asset=USDT&from=yesterday',
  'exchange=bybit&asset=USDT&from=2026-11-22T10:00:00Z&to=2026-11-22T09:00:00Z',
])('/history.json refuses %s', async (query) => {
  const { status, body } = await chartAt(await serve(), query)
  expect(status).toBe(400)
  expect(body.error).toBeTruthy()
})

test('without a database the history says that it is off', async () => {
  const url = await serve('none')
  expect(await (await fetch(`${url}/history/rates.json`)).json()).toMatchObject({ isKept: false })
  const { status, body } = await chartAt(url, 'exchange=bybit&asset=USDT')
  expect([status, body.error]).toEqual([503, 'history is off: DATABASE_URL is not set'])
})

/** Runs in the page: its background, and how many dots the chart has of each opaque colour. */
const LOOK = `(() => {
  const canvas = document.querySelector('canvas')
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
  const dots = {}
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 255) continue
    const colour = data.slice(at, at + 3).join()
    dots[colour] = (dots[colour] ?? 0) + 1
  }
  return { paper: getComputedStyle(document.body).backgroundColor, dots }
})()`

/** Opens the page in a real browser; a fault of a script, or a refused resource, fails the test. */
async function open(scheme: 'light' | 'dark'): Promise<{ page: Page; faults: string[] }> {
  const page = (await browser?.newPage()) ?? expect.unreachable('no browser')
  onTestFinished(() => page.close())
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error') faults.push(message.text())
  })
  page.on('requestfailed', (request) => faults.push(request.url()))
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  await page.goto(`${await serve()}/history`)
  await page.waitForSelector('#chart[data-points] canvas')
  return { page, faults }
}

function needsBrowser(context: TestContext): void {
  if (browser !== undefined) return
  leaveOut(
    context,
    'no Chromium on this machine (apt-get install chromium): the page was not looked at',
  )
}

const textOf = (page: Page, selector: string) => page.$eval(selector, (each) => each.textContent)

test.for(['light', 'dark'] as const)('the page draws the hour in %s', async (scheme, context) => {
  needsBrowser(context)
  const { page, faults } = await open(scheme)
  expect(await textOf(page, '#said')).toMatch(/^USDT\/KZT at bybit, .*: \d{3} points, 1 refusals$/)
  expect(await textOf(page, '#refusals tr')).toMatch(/^spike.*100 s$/)
  const { paper, dots } = (await page.evaluate(LOOK)) as {
    readonly paper: string
    readonly dots: Readonly<Record<string, number>>
  }
  expect(paper).toBe(scheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 23, 26)')
  // The lines of bid and ask are on the canvas in the colours of the scheme.
  for (const line of scheme === 'light'
    ? ['10,107,61', '163,51,12']
    : ['82,201,138', '255,156,115'])
    expect(dots[line] ?? 0).toBeGreaterThan(100)
  expect(faults).toEqual([])
})

test('everything on the page can be done with the keyboard', async (context) => {
  needsBrowser(context)
  const { page, faults } = await open('light')
  const focused = async () => (await page.evaluate('document.activeElement?.id')) as string
  const order: string[] = []
  while (order.at(-1) !== 'chart' && order.length < 20) {
    await page.keyboard.press('Tab')
    order.push(await focused())
  }
  expect(order).toEqual(expect.arrayContaining(['rate', 'span', 'until', 'follow', 'chart']))
  await page.keyboard.press('End')
  expect(await textOf(page, '#at')).toMatch(
    /: bid 47\d(\.\d+)?, ask 47\d(\.\d+)?, widened by 4 bp$/,
  )
  await page.keyboard.press('Home')
  const first = await textOf(page, '#at')
  await page.keyboard.press('ArrowRight')
  expect(await textOf(page, '#at')).not.toBe(first)
  await page.keyboard.press('ArrowLeft')
  expect(await textOf(page, '#at')).toBe(first)
  await page.keyboard.press('-')
  await page.waitForFunction(
    "document.querySelector('#said').textContent.includes('11:00:00 to 22/11/2026, 17:00:00')",
  )
  expect(await page.evaluate("document.querySelector('#span').value")).toBe('21600')
  expect(faults).toEqual([])
})

function isThere(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    // Not in this folder.
    return false
  }
}
