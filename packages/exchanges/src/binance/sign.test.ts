import { createSecretKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { binanceSignature, createBinanceSigner } from './sign.ts'

/** The example key that Binance publishes with its signatures (rest-api.md, "SIGNED request example"). */
const API_KEY = 'vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A'
const SECRET = 'NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j'

const ORDER = {
  side: 'BUY',
  type: 'LIMIT',
  timeInForce: 'GTC',
  quantity: '1',
  price: '0.1',
}

test.each([
  ['LTCBTC', 'LTCBTC', 'c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71'],
  [
    '１２３４５６',
    '%EF%BC%91%EF%BC%92%EF%BC%93%EF%BC%94%EF%BC%95%EF%BC%96',
    'e1353ec6b14d888f1164ae9af8228a3dbd508bc82eb867db8ab6046442f33ef3',
  ],
])('signs the published example of %s, encoded first', (symbol, encoded, signature) => {
  const now = () => 1_499_827_319_559
  const sign = createBinanceSigner({ apiKey: API_KEY, secret: SECRET, now })
  expect(sign({ symbol, ...ORDER }, 5_000)).toEqual({
    query:
      `symbol=${encoded}&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1` +
      `&recvWindow=5000&timestamp=1499827319559&signature=${signature}`,
    headers: { 'X-MBX-APIKEY': API_KEY },
  })
})

test('a query and a body are signed with nothing between them', () => {
  const payload =
    'symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC' +
    'quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559'
  expect(binanceSignature(createSecretKey(Buffer.from(SECRET)), payload)).toBe(
    '0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77',
  )
})
