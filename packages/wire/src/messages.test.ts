import { APPROVAL_OUTCOMES, DECLINE_REASONS } from '@tolem/domain/decision'
import { expect, test } from 'vitest'
import { APPROVAL_MESSAGES, type CardholderMessages, DECLINE_MESSAGES } from './messages.ts'

const ALL: readonly (readonly [string, CardholderMessages])[] = [
  ...APPROVAL_OUTCOMES.map((outcome) => [outcome, APPROVAL_MESSAGES[outcome]] as const),
  ...DECLINE_REASONS.map((reason) => [reason, DECLINE_MESSAGES[reason]] as const),
]

/** The letters that Kazakh has and Russian has not. */
const KAZAKH_LETTERS = /[ӘҒҚҢӨҰҮҺІәғқңөұүһі]/
/** Letters that Kazakh writes only in words of other languages, or with a sound of Russian. */
const RUSSIAN_LETTERS = /[щъьэЩЪЬЭ]/

test.each(ALL)(
  'the message of %s is in three languages, each in its own letters',
  (_, messages) => {
    const { kk, ru, en } = messages
    expect(ru).toMatch(/^[А-ЯЁа-яё .,-]+$/)
    expect(en).toMatch(/^[A-Za-z’ .,-]+$/)
    expect(kk).toMatch(/^[А-ЯЁа-яёӘҒҚҢӨҰҮҺІәғқңөұүһі .,-]+$/)
    expect(new Set([kk, ru, en]).size).toBe(3)
  },
)

test.each(ALL)('the message of %s is a short sentence', (_, messages) => {
  for (const text of Object.values(messages)) {
    expect(text).toMatch(/^\p{Lu}.*[^.\s]\.$/u)
    expect(text.length).toBeLessThanOrEqual(100)
  }
})

test('what is said in Kazakh is Kazakh', () => {
  const short = ALL.filter(([, { kk }]) => !KAZAKH_LETTERS.test(kk)).map(([, { kk }]) => kk)
  expect(short).toEqual(['Сома жарамсыз.'])
  for (const [, { kk }] of ALL)
    expect(kk.replaceAll('криптовалюта', '')).not.toMatch(RUSSIAN_LETTERS)
})

test('nobody who holds a lost or stolen card is told that it is known to be', () => {
  for (const reason of ['card_lost', 'card_stolen'] as const)
    expect(DECLINE_MESSAGES[reason]).toBe(DECLINE_MESSAGES.unknown_card)
  for (const [, { kk, ru, en }] of ALL) {
    expect(en).not.toMatch(/lost|stolen|theft|report|pick/i)
    expect(ru).not.toMatch(/украд|потер|утер|утрат|похищ|краж|изъят/i)
    expect(kk).not.toMatch(/ұрлан|жоғал|тәркіле/i)
  }
})

test('no message tells what is inside: a provider, a limit, a sum', () => {
  for (const [, messages] of ALL)
    for (const text of Object.values(messages)) expect(text).not.toMatch(/[0-9_]|binance|bybit/i)
})
