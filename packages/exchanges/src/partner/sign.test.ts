import { expect, test } from 'vitest'
import { createPartnerSigner } from './sign.ts'

test('signs the protocol’s worked example to its signature', () => {
  const sign = createPartnerSigner({
    apiKey: 'demo',
    secret: 'partner-demo-secret',
    now: () => 1_767_780_000_000.9,
  })
  const body =
    '{"reference":"tmd010000000000000000000000001","kind":"debit","account":"acc-1","asset":"USDT","amount":"12.5"}'
  expect(sign({ method: 'POST', path: '/v1/transfers', body, windowMs: 700 })).toEqual({
    'Partner-Key': 'demo',
    'Partner-Timestamp': '1767780000000',
    'Partner-Expires': '1767780000700',
    'Partner-Signature': '1a51d6d6fbf549cab7b191c3d4ac0d131d0eab99fefb0b96207e5e30a77e9155',
  })
})
