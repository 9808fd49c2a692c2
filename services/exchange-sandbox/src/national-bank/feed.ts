import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { createRandom } from '../random.ts'
import type { OfficialDays } from './days.ts'

/** What the feed lists besides the dollar: the price of `quant` units against one dollar's tenge, in dollars. */
const OTHERS = [
  { code: 'EUR', name: 'ЕВРО', quant: 1, dollars: 1.1483 },
  { code: 'RUB', name: 'РОССИЙСКИЙ РУБЛЬ', quant: 1, dollars: 0.01254 },
  { code: 'UZS', name: 'УЗБЕКСКИЙ СУМ', quant: 100, dollars: 0.00836 },
  { code: 'AMD', name: 'АРМЯНСКИЙ ДРАМ', quant: 10, dollars: 0.02755 },
] as const

const HEADERS = { 'content-type': 'text/xml; charset=utf-8' }

/** Out of range is no error there: an empty table under HTTP 200. */
const EMPTY = '<rates></rates>'

const query = z.object({ fdate: z.string().regex(/^\d{2}\.\d{2}\.\d{4}$/) })

/**
 * The National Bank's daily table, `GET /rss/get_rates.cfm?fdate=DD.MM.YYYY`: its shape as recorded, one dollar near
 * `level` tenge, the same each time for one seed and day. From 1999 to tomorrow; any other day is empty.
 */
export function addNationalBank(
  server: FastifyInstance,
  deps: {
    readonly days: OfficialDays
    readonly seed: number
    readonly level: number
    readonly now: () => number
  },
): void {
  server.get('/rss/get_rates.cfm', async (request, reply) => {
    const asked = query.safeParse(request.query)
    const day = asked.success ? asked.data.fdate.split('.').toReversed().join('-') : ''
    const planted = deps.days.get(day)
    if (planted?.kind === 'text') return reply.headers(HEADERS).send(planted.text)
    if (planted?.kind === 'empty' || !isListed(day, deps.now()))
      return reply.headers(HEADERS).send(EMPTY)
    const dollar = planted?.kind === 'dollar' ? planted.tenge : dollarOf(day, deps)
    return reply.headers(HEADERS).send(table(asked.data?.fdate ?? '', dollar))
  })
}

/** Almaty is five hours ahead of UTC, and tomorrow's table comes in the afternoon. */
function isListed(day: string, now: number): boolean {
  const tomorrow = new Date(now + (5 + 24) * 3_600_000).toISOString().slice(0, 10)
  return day >= '1999-01-01' && day <= tomorrow && !Number.isNaN(Date.parse(day))
}

/** Half a percent around the level, two decimals or fewer, as they come there. */
function dollarOf(day: string, { seed, level }: { seed: number; level: number }): string {
  const random = createRandom(seed, `national bank ${day}`)
  return String(Number((level * (1 + (random() - 0.5) / 100)).toFixed(2)))
}

function table(date: string, dollar: string): string {
  const items = OTHERS.map(({ code, name, quant, dollars }) =>
    item({ code, name, quant, price: String(Number((Number(dollar) * dollars).toFixed(2))) }),
  )
  const own = item({ code: 'USD', name: 'ДОЛЛАР США', quant: 1, price: dollar })
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    '<rates><generator>Alternate RSS Builder</generator>',
    '<title>Official exchange rates of National Bank of Republic Kazakhstan</title>',
    `<link>www.nationalbank.kz</link><date>${date}</date>`,
    own,
    ...items,
    '</rates>',
  ].join('\n')
}

function item(of: { code: string; name: string; quant: number; price: string }): string {
  return [
    `<item><fullname>${of.name}</fullname><title>${of.code}</title>`,
    `<description>${of.price}</description><quant>${of.quant}</quant>`,
    '<index>UP</index><change>+0.51</change></item>',
  ].join('')
}
