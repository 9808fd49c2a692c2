import { createSecretKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { createPaySigner, paySignature, signedText } from './sign.ts'

/**
 * The example of Binance Pay's FAQ. The signature printed there does not follow from its own inputs by the documented
 * rule, whatever white space is assumed, so this one was computed by that rule with OpenSSL.
 */
const FAQ = {
  apiKey: 'certificate',
  secret: 'uahr4nhailyq55yubuhuncnprfac73bcbz2qfafsevic1jruwunioxtoaozy122f',
  timestamp: '1611232922428',
  nonce: '5RhaTrZPhknNv0kDSA2UQ67cPMVNS4sA',
  body:
    '{"merchantId":"98765987","subMerchantId":"98765987","merchantTradeNo":"9825382937292","totalFee":25.17,' +
    '"productDetail":"Greentea ice cream cone","currency":"USDT","returnUrl":"","tradeType":"APP",' +
    '"productType":"Food","productName":"Ice Cream"}',
  signature:
    'C1F7A336D5E6A100DD31F41669895D99C24A3A4D4F96DB6389761CB2CDD37FA2' +
    'F6D106A24DB048B4989005E85EADEA392CD866902736D3D276BDC44C49DD00FC',
}

test('signs time, nonce and body, each ending its line, in upper-case hex', () => {
  const key = createSecretKey(Buffer.from(FAQ.secret))
  expect(paySignature(key, signedText(FAQ))).toBe(FAQ.signature)
})

test('a request carries the time, nonce and certificate that were signed', () => {
  const sign = createPaySigner({
    ...FAQ,
    now: () => Number(FAQ.timestamp) + 0.7,
    nonce: () => FAQ.nonce,
  })
  expect(sign(FAQ.body)).toEqual({
    'Content-Type': 'application/json',
    'BinancePay-Timestamp': FAQ.timestamp,
    'BinancePay-Nonce': FAQ.nonce,
    'BinancePay-Certificate-SN': 'certificate',
    'BinancePay-Signature': FAQ.signature,
  })
})
