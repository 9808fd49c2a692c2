import { expect, test } from 'vitest'
import { createBybitSigner } from './sign.ts'

/** JKorf/Bybit.Net, Bybit.UnitTests/BybitRestClientTests.cs (MIT): key and secret are ten X. */
test.each([
  [
    1_658_384_313_791,
    'category=option&symbol=BTC-29JUL22-25000-C',
    'b3a13cbd6f9de0ad7ece696645a98000281be3558716624cfca03debd2f24574',
  ],
  [
    1_658_385_578_423,
    '{"category":"option"}',
    'a04dea33a62e644897b14c6ff458db428b9c2424b5cb785c9586490ccaca24af',
  ],
])('signs the published example of %d', (timestamp, payload, signature) => {
  const key = 'XXXXXXXXXX'
  const sign = createBybitSigner({ apiKey: key, secret: key, now: () => timestamp })
  expect(sign(payload, 5_000)).toEqual({
    'X-BAPI-API-KEY': key,
    'X-BAPI-TIMESTAMP': String(timestamp),
    'X-BAPI-RECV-WINDOW': '5000',
    'X-BAPI-SIGN': signature,
  })
})
