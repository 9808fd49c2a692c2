import { anAuthorizationRequest, NOON } from '@tolem/testing/builders'
import { expect, test } from 'vitest'
import { holdUntil } from './hold-period.ts'

const periods = {
  days: 7,
  preauthorizationDays: 30,
  byMerchantCategory: { '3501-3999': 20, '3600': 2, '5542': 1 },
}

function daysOf(change: Parameters<typeof anAuthorizationRequest>[0]): number | undefined {
  const until = holdUntil(periods, anAuthorizationRequest(change), NOON)
  return until === undefined ? undefined : (until - NOON) / 86_400_000
}

test.each([
  ['a purchase the common period', {}, 7],
  ['a preauthorization its own', { isPreauthorization: true }, 30],
  ['a hotel that of its range', { merchantCategoryCode: '3501' }, 20],
  ['the end of a range too', { merchantCategoryCode: '3999' }, 20],
  ['what is behind a range does not', { merchantCategoryCode: '4000' }, 7],
  ['a code goes before a range', { merchantCategoryCode: '3600' }, 2],
  [
    'a category goes before a preauthorization',
    { merchantCategoryCode: '5542', isPreauthorization: true },
    1,
  ],
  ['a final authorization is not held', { isFinal: true }, undefined],
  ['a verification is not held', { type: 'account_verification' as const }, undefined],
])('%s', (_name, change, days) => {
  expect(daysOf(change)).toBe(days)
})
