import { readAmount } from './amounts.ts'
import { Mistake } from './mistake.ts'

/** Controls as they are typed: `countries:US,RU` and `day:50000.00`. */
export type ControlWords = {
  readonly allow?: readonly string[]
  readonly deny?: readonly string[]
  readonly limit?: readonly string[]
}

/**
 * Controls as the wire wants them; whether they are any is the schema's matter.
 *
 * @throws {Mistake} when a word is not of its form.
 */
export function readControls({ allow = [], deny = [], limit = [] }: ControlWords): object {
  const lists: Record<string, Record<string, readonly string[]>> = {}
  for (const [verb, words] of [
    ['allow', allow],
    ['deny', deny],
  ] as const)
    for (const word of words) {
      const [name, items] = halve(word, 'countries:US,RU')
      lists[name] = { ...lists[name], [verb]: items.split(',') }
    }
  return { ...lists, ...(limit.length > 0 && { limits: limit.map(readLimit) }) }
}

function readLimit(word: string): object {
  const [window, amount] = halve(word, 'day:50000.00')
  const [, hours] = /^([0-9]{1,3})h$/.exec(window) ?? []
  return {
    window: hours === undefined ? { kind: window } : { kind: 'rolling', hours: Number(hours) },
    amount: { value: readAmount(amount, 'KZT'), currency: 'KZT' },
  }
}

function halve(word: string, example: string): readonly [string, string] {
  const at = word.indexOf(':')
  if (at < 1) throw new Mistake(`Write it as ${example}.`)
  return [word.slice(0, at), word.slice(at + 1)]
}
