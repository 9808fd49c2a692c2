import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseJson } from './json.ts'

test('an id beyond 2^53 keeps all its digits, as Binance sent it', () => {
  const file = join(import.meta.dirname, 'samples/binance-convert-order-status.json')
  expect(parseJson(readFileSync(file, 'utf8'))).toMatchObject({
    orderId: '933256278426274426',
    fromAmount: '0.00054414',
    createTime: '1623381330472',
  })
})

test('numbers come as the text that stood there, everything else as it is', () => {
  expect(parseJson('{"a":[1e3,-0.10,true,null,"1"]}')).toEqual({
    a: ['1e3', '-0.10', true, null, '1'],
  })
})

test.each(['', '{', '<html>', 'undefined', '['.repeat(300_000)])(
  'what is not JSON gives nothing',
  (text) => expect(parseJson(text)).toBeUndefined(),
)
