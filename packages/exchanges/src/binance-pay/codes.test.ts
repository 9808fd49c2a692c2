import { expect, test } from 'vitest'
import { isNotFound, meaningOf, type PayEndpoint } from './codes.ts'

const ENDPOINTS: readonly PayEndpoint[] = ['apply', 'refund', 'offer', 'end']

/** What each published code says to a debit, a refund, an offer and a termination. */
const MEANINGS = {
  '400000': ['unclear', 'unclear', 'unclear', 'unclear'],
  '400001': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400002': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400003': ['clock_off', 'clock_off', 'clock_off', 'clock_off'],
  '400004': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400005': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400006': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400007': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400008': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400100': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400101': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400102': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400103': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400104': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400201': ['unclear', 'unclear', 'unclear', 'unclear'],
  '400203': ['refused', 'unclear', 'refused', 'refused'],
  '400206': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '400606': ['misconfigured', 'misconfigured', 'misconfigured', 'misconfigured'],
  '406207': ['refused', 'unclear', 'unclear', 'refused'],
  '406212': ['refused', 'unclear', 'unclear', 'unclear'],
  '100001001': ['unclear', 'unclear', 'unclear', 'unclear'],
  '499999': ['unclear', 'unclear', 'unclear', 'unclear'],
  toString: ['unclear', 'unclear', 'unclear', 'unclear'],
} as const

test.each(Object.entries(MEANINGS))('%s has one meaning at each endpoint', (code, meanings) => {
  const told = ENDPOINTS.map((endpoint) => meaningOf(code, endpoint).meaning)
  expect(told).toEqual(meanings)
})

test('only a contract’s absence is published, an order’s and a refund’s are the programme’s to name', () => {
  const unpublished = { orderNotFound: ['400202'], refundNotFound: ['400302'] }
  const codes = ['400201', '400202', '400302', '406207']
  const found = (['order', 'refund', 'contract'] as const).map((what) => [
    codes.filter((code) => isNotFound(code, what)),
    codes.filter((code) => isNotFound(code, what, unpublished)),
  ])
  expect(found).toEqual([
    [[], ['400202']],
    [[], ['400302']],
    [['406207'], ['406207']],
  ])
})

test('a code that is published keeps its meaning, whatever the programme says of it', () => {
  const unpublished = { insufficientFunds: ['400000', '400999'] }
  expect(meaningOf('400000', 'apply', unpublished).meaning).toBe('unclear')
  expect(meaningOf('400999', 'apply', unpublished).meaning).toBe('insufficient_funds')
  expect(meaningOf('400999', 'refund', unpublished).meaning).toBe('unclear')
})
