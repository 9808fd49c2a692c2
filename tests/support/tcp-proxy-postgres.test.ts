import { expect, test } from 'vitest'
import { outcomesIn, postgresAt } from './tcp-proxy-postgres.ts'

function frame(type: string, body: string): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, Buffer.from(body, 'latin1')])
}

const READY = frame('Z', 'I')
const ROW = frame('D', '\0\u0001\0\0\0\u0006Z\0\0\0\u0005I')
const DONE = frame('C', 'SELECT 1\0')
const isWhole = postgresAt('postgres://a:b@127.0.0.1:5432/x').isWhole ?? expect.unreachable()

test('a reply is whole when the server says that it is ready, and not before', () => {
  expect(isWhole(Buffer.concat([frame('2', ''), ROW, DONE]))).toBe(false)
  expect(isWhole(Buffer.concat([frame('2', ''), ROW, DONE, READY]))).toBe(true)
  expect(isWhole(Buffer.concat([DONE, READY.subarray(0, 5)]))).toBe(false)
  expect(isWhole(Buffer.alloc(0))).toBe(false)
})

test('tells what a statement did by its tags, and its errors', () => {
  expect(outcomesIn(Buffer.concat([ROW, DONE, READY]))).toEqual(['SELECT 1'])
  expect(outcomesIn(Buffer.concat([frame('E', 'SERROR\0\0'), READY]))).toEqual(['error'])
  expect(outcomesIn(Buffer.concat([frame('C', 'COMMIT\0'), READY]))).toEqual(['COMMIT'])
})
