import type { ExchangeId } from '@tolem/domain/ids'
import { accept, refuse } from '@tolem/domain/outcome'
import { expect, test } from 'vitest'
import { assertSafeKeys, findUnsafeKeys } from './key-check.ts'
import type { KeyPort, KeyReport } from './key-report.ts'

const BYBIT = 'bybit' as ExchangeId
const SAFE: KeyReport = { canWithdraw: false, isIpRestricted: true, missing: [] }

function railsWith(read: Awaited<ReturnType<KeyPort['readKey']>>) {
  const key: KeyPort = {
    exchange: BYBIT,
    usedFor: 'bybit-subaccount',
    readKey: async () => Promise.resolve(read),
  }
  return { keysFor: (exchange: ExchangeId) => (exchange === BYBIT ? [key] : []) }
}

const find = (read: Awaited<ReturnType<KeyPort['readKey']>>) =>
  findUnsafeKeys(railsWith(read), [{ id: BYBIT }])

test('a key that is safe gives no finding', async () => {
  expect(await find(accept(SAFE))).toEqual([])
})

test('every danger of a key stops a start in production, all of them named', async () => {
  const report = { ...SAFE, canWithdraw: true, isIpRestricted: false, missing: ['transfer'] }
  const findings = await find(accept(report))
  const told: string[] = []
  const warn = (text: string) => told.push(text)
  expect(() => assertSafeKeys(findings, { isProduction: true, warn })).toThrow(
    /withdraw[^]*any address[^]*lacks the permission transfer/,
  )
  expect(told).toEqual([])
  assertSafeKeys(findings, { isProduction: false, warn })
  expect(told).toHaveLength(3)
})

test('what an exchange does not tell is told, and stops nothing', async () => {
  const told: string[] = []
  const findings = await find(refuse('unavailable'))
  assertSafeKeys(findings, { isProduction: true, warn: (text) => told.push(text) })
  expect(told).toEqual([
    'the key of bybit for bybit-subaccount: the exchange does not tell: unavailable',
  ])
})
