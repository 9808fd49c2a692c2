import { accept, type Outcome, refuse } from '@tolem/domain/outcome'
import { parseRate, RATE_SCALE, type Rate, scaledRate } from '@tolem/money/rate'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { isPlausible } from '../guards/plausible.ts'

/** Why a document of the National Bank is no rate of the dollar for the day that was asked for. */
export type ReadingRefusal =
  /** It has no rates at all: the day is out of range. That is neither an error nor a rate of zero. */
  | 'empty'
  | 'not_xml'
  | 'declares_entities'
  | 'not_rates'
  | 'wrong_date'
  | 'no_dollar'
  | 'not_a_price'
  | 'implausible'

/** `ДД.ММ.ГГГГ`, as the feed wants and says dates, of a day `YYYY-MM-DD`. */
export function feedDate(day: string): string {
  return day.split('-').toReversed().join('.')
}

/**
 * Reads tenge for one dollar out of `get_rates.cfm`: `description` is the price of `quant` units, with any number of
 * decimals. What the document is not certain about is refused: truncated (the parser alone would take that for whole),
 * another day's, two dollars, a dollar of another magnitude. Nothing in it may declare an entity.
 */
export function readOfficialRate(text: string, day: string): Outcome<Rate, ReadingRefusal> {
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) return refuse('declares_entities')
  if (XMLValidator.validate(text) !== true) return refuse('not_xml')
  const rates = parse(text)?.['rates']
  if (typeof rates === 'string' && rates.trim() === '') return refuse('empty')
  return isElement(rates) ? readTable(rates, day) : refuse('not_rates')
}

function readTable(table: Element, day: string): Outcome<Rate, ReadingRefusal> {
  const items = Array.isArray(table['item']) ? table['item'].filter(isElement) : []
  if (items.length === 0 && table['date'] === undefined) return refuse('empty')
  if (table['date'] !== feedDate(day)) return refuse('wrong_date')
  const [dollar, another] = items.filter((item) => item['title'] === 'USD')
  if (dollar === undefined || another !== undefined) return refuse('no_dollar')
  const rate = perUnit(dollar)
  if (rate === undefined) return refuse('not_a_price')
  return isPlausible('USDT/KZT', rate) ? accept(rate) : refuse('implausible')
}

type Element = Readonly<Record<string, unknown>>

const PARSER = new XMLParser({
  // "474.20" must stay the text that it is.
  parseTagValue: false,
  ignoreAttributes: true,
  processEntities: false,
  isArray: (name) => name === 'item',
})

function parse(text: string): Element | undefined {
  try {
    const parsed: unknown = PARSER.parse(text)
    return isElement(parsed) ? parsed : undefined
  } catch {
    // Whatever the validator let through and the parser does not: a document that is not ours to understand.
    return undefined
  }
}

/** Exact where it ends within 18 decimals, else cut there. */
function perUnit({ description, quant }: Element): Rate | undefined {
  if (typeof description !== 'string' || typeof quant !== 'string') return undefined
  const price = parseRate(description.trim())
  if (price === undefined || !/^[1-9][0-9]{0,6}$/.test(quant.trim())) return undefined
  const scaled = scaledRate(price) / BigInt(quant.trim())
  const decimals = String(scaled % RATE_SCALE).padStart(18, '0')
  return parseRate(`${scaled / RATE_SCALE}.${decimals}`)
}

function isElement(value: unknown): value is Element {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
