import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { chartQuery, readChart, spanOf } from './chart.ts'
import type { HistoryStore } from './store.ts'

/** Scripts and styles of ours alone, and nothing from elsewhere. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"

const require = createRequire(import.meta.url)
const ours = (name: string) => join(import.meta.dirname, 'page', name)

/** What the page is made of, by path. uPlot comes out of its package. */
const FILES = {
  '/history': ['text/html', ours('history.html')],
  '/history/page.js': ['text/javascript', ours('page.js')],
  '/history/page.css': ['text/css', ours('page.css')],
  '/history/uplot.js': ['text/javascript', require.resolve('uplot/dist/uPlot.iife.min.js')],
  '/history/uplot.css': ['text/css', require.resolve('uplot/dist/uPlot.min.css')],
} as const

/**
 * Adds the history of rates to the operators' port: `/history` draws it, `/history.json` tells it, and
 * `/history/rates.json` names the rates that there are. Without a store they say so with 503.
 */
export function addHistoryPages(
  server: FastifyInstance,
  deps: {
    readonly store: HistoryStore | undefined
    readonly rates: readonly { readonly exchange: string; readonly asset: string }[]
    readonly now: () => number
  },
): void {
  for (const [path, [type, file]] of Object.entries(FILES)) {
    const text = readFileSync(file, 'utf8')
    server.get(path, (_request, reply) =>
      reply
        .type(`${type}; charset=utf-8`)
        .header('content-security-policy', PAGE_POLICY)
        .header('x-content-type-options', 'nosniff')
        .send(text),
    )
  }
  server.get('/history/rates.json', () => ({
    isKept: deps.store !== undefined,
    rates: deps.rates.map(({ exchange, asset }) => ({ exchange, asset })),
  }))
  server.get('/history.json', async (request, reply) => {
    if (deps.store === undefined)
      return reply.code(503).send({ error: 'history is off: DATABASE_URL is not set' })
    const query = chartQuery.safeParse(request.query)
    const span = query.success ? spanOf(query.data, deps.now()) : undefined
    if (span === undefined) {
      const mistakes = query.error?.issues.map(
        ({ path, message }) => `${path.join('.')}: ${message}`,
      )
      return reply.code(400).send({ error: mistakes?.join('; ') ?? 'a span of more than a year' })
    }
    return readChart(deps.store, span)
  })
}
