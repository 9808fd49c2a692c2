import { describe, expect, test } from 'vitest'
import { type BinanceCall, meaningOf, transferMeaningOf } from './codes.ts'

const CALLS: readonly BinanceCall[] = ['transfer', 'order', 'quote', 'accept']

const all = (meaning: string) => CALLS.map(() => meaning)

/** What each code says, whatever its message, to a transfer, an order, a quote and its acceptance. */
const MEANINGS = {
  '-1000': all('unclear'),
  '-1001': all('unclear'),
  '-1002': ['unclear', 'unclear', 'misconfigured', 'unclear'],
  '-1003': all('throttled'),
  '-1006': all('unclear'),
  '-1007': all('unclear'),
  '-1008': all('unclear'),
  '-1013': all('unclear'),
  '-1015': all('throttled'),
  '-1021': all('clock_off'),
  '-1022': all('misconfigured'),
  '-1102': all('misconfigured'),
  '-1103': all('misconfigured'),
  '-1111': all('misconfigured'),
  '-1121': all('misconfigured'),
  '-2010': all('unclear'),
  '-2011': all('unclear'),
  '-2013': all('unclear'),
  '-2014': all('misconfigured'),
  '-2015': all('misconfigured'),
  '-2026': all('unclear'),
  '-2039': all('unclear'),
  '-4026': all('insufficient_funds'),
  '-4110': all('unclear'),
  '-4111': all('unclear'),
  '-4114': all('unclear'),
  '-4115': all('unclear'),
  '-5002': all('insufficient_funds'),
  '-5013': all('insufficient_funds'),
  '-9000': all('insufficient_funds'),
  '345231': ['unclear', 'unclear', 'unclear', 'ticket_expired'],
  '100001002': all('unclear'),
  '-99999': all('unclear'),
  toString: all('unclear'),
}

test.each(Object.entries(MEANINGS))('%s has one meaning to each call', (code, meanings) => {
  const told = CALLS.map((call) => meaningOf({ code, msg: 'message' }, call).meaning)
  expect(told).toEqual(meanings)
})

describe('an order’s own messages', () => {
  test.each([
    ['-2010', 'Account has insufficient balance for requested action.', 'insufficient_funds'],
    ['-2010', 'Market is closed.', 'refused'],
    ['-2010', 'Market orders are not supported for this symbol.', 'refused'],
    ['-2010', 'This action is disabled on this account.', 'refused'],
    ['-2010', 'This account may not place or cancel orders.', 'refused'],
    ['-2010', 'This symbol is not permitted for this account.', 'refused'],
    ['-2010', 'This symbol is restricted for this account.', 'refused'],
    ['-2010', 'Price * QTY is zero or less.', 'refused'],
    ['-2010', 'Order book liquidity is less than `LOT_SIZE` filter minimum quantity.', 'refused'],
    ['-2010', 'Duplicate order sent.', 'unclear'],
    ['-2010', 'Something new.', 'unclear'],
    ['-1013', 'Filter failure: NOTIONAL', 'below_minimum'],
    ['-1013', 'Filter failure: MIN_NOTIONAL', 'below_minimum'],
    ['-1013', 'Filter failure: LOT_SIZE', 'refused'],
    ['-1013', 'Filter failure: MARKET_LOT_SIZE', 'refused'],
    ['-1013', 'Invalid something', 'unclear'],
  ])('%s %s', (code, msg, meaning) => {
    expect(meaningOf({ code, msg }, 'order').meaning).toBe(meaning)
  })
})

test('a transfer believes of these messages only the one about its funds', () => {
  const told = (code: string, msg: string) => transferMeaningOf({ code, msg }).meaning
  expect(told('-2010', 'Account has insufficient balance.')).toBe('insufficient_funds')
  expect(told('-2010', 'Market is closed.')).toBe('unclear')
  expect(told('-1013', 'Filter failure: NOTIONAL')).toBe('unclear')
  expect(told('345231', '')).toBe('unclear')
})
