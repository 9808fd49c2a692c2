import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sharedStack } from '../support/shared-stack.ts'
import { BANKS } from '../support/stack.ts'

const stack = sharedStack()
const ROOT = join(import.meta.dirname, '..', '..')

/** One file each; every bank plays some of them. */
const SCENARIOS = readdirSync(join(ROOT, 'services/terminal/src/scenarios'))
  .map((file) => file.replace(/\.ts$/, ''))
  .map((name, index) => ({ name, bank: BANKS[index % BANKS.length] ?? 'halyk' }))

type Ran = { readonly code: number; readonly out: string; readonly error: string }

/** What a person types, in the repository's root. */
function terminal(...words: readonly string[]): Promise<Ran> {
  const all = ['run', '-s', 'terminal', '--', '--home', stack.home, ...words]
  return new Promise((resolve) => {
    execFile('npm', all, { cwd: ROOT }, (error, out, errorOut) =>
      resolve({ code: Number(error?.code ?? 0), out, error: errorOut }),
    )
  })
}

test('pays at each bank: prints APPROVED with rate, funding and timing, and ends with 0', async () => {
  for (const bank of ['halyk', 'forte']) {
    const { code, out } = await terminal('purchase', '--bank', bank, '--amount', '12500.00')
    expect(out).toContain('APPROVED')
    expect(out).toMatch(/12500\.00 KZT/)
    expect(out).toMatch(/USDT/)
    expect(out).toMatch(/aut_[0-9a-f-]{36}/)
    expect(out).toMatch(/debit/)
    expect(code).toBe(0)
  }
})

test('reverses the last purchase, and says so again the second time', async () => {
  const paid = await terminal('purchase', '--bank', 'rbk', '--amount', '500.00')
  expect(paid).toMatchObject({ code: 0 })
  const first = await terminal('reverse', '--last')
  expect([first.code, first.out]).toEqual([0, expect.stringContaining('reversed')])
  const second = await terminal('reverse', '--last')
  expect([second.code, second.out]).toEqual([0, expect.stringContaining('already_reversed')])
})

test('prints DECLINED with the reason and ends with 2', async () => {
  const card = await stack.openCard({ holds: '0.01' })
  const words = ['--bank', 'halyk', '--amount', '12500.00', '--card', card.token]
  const { code, out } = await terminal('purchase', ...words)
  expect(out).toContain('DECLINED')
  expect(out).toContain('insufficient_funds')
  expect(code).toBe(2)
})

test('tells a person what is wrong, and ends with 1', async () => {
  const nobody = await terminal('purchase', '--bank', 'nobody', '--amount', '1.00')
  expect([nobody.code, nobody.error]).toEqual([1, expect.stringMatching(/halyk, forte/)])
  const wrong = await terminal('purchase', '--bank', 'halyk', '--amount', '12,5')
  expect(wrong.code).toBe(1)
})

test('loads for a few seconds and shows the latencies', async () => {
  const { code, out, error } = await terminal(
    'load',
    '--bank',
    'all',
    '--rate',
    '20',
    '--seconds',
    '2',
  )
  expect([code, error]).toEqual([0, expect.any(String)])
  expect(out).toMatch(/p99/)
  expect(out).toMatch(/approved/i)
})

test('carries one purchase through its life without naming it again', async () => {
  const steps = [
    ['purchase', '--bank', 'forte', '--amount', '20000.00', '--preauthorization'],
    ['increment', '--amount', '5000.00'],
    ['reverse', '--to', '22000.00'],
    ['clear', '--amount', '12000.00', '--not-last'],
    ['clear', '--amount', '9000.00', '--repeat'],
    ['refund', '--amount', '4000.00'],
  ]
  for (const words of steps) {
    const { code, out } = await terminal(...words)
    expect([words.join(' '), code, out]).toEqual([words.join(' '), 0, expect.any(String)])
  }
})

test('verifies a card, tells its balance, lists and echoes', async () => {
  const verified = await terminal('verify', '--bank', 'rbk')
  expect([verified.code, verified.out]).toEqual([0, expect.stringContaining('APPROVED')])
  const balance = await terminal('balance', '--bank', 'forte')
  expect([balance.code, balance.out]).toEqual([0, expect.stringMatching(/Available +[0-9]/)])
  const list = await terminal('list', '--bank', 'rbk', '--most', '3')
  expect([list.code, list.out]).toEqual([0, expect.stringMatching(/account_verification/)])
  const echo = await terminal('echo', '--bank', 'altyn')
  expect([echo.code, echo.out]).toEqual([0, expect.stringContaining('HEARD')])
})

test('freezes a card, denies it a country, and gives both back', async () => {
  const { token } = await stack.openCard()
  const whose = ['--bank', 'halyk', '--card', token]
  const pay = async () => (await terminal('purchase', '--amount', '900.00', ...whose)).code
  expect(await terminal('card', 'status', 'frozen', ...whose)).toMatchObject({ code: 0 })
  expect(await pay()).toBe(2)
  expect(await terminal('card', 'status', 'active', ...whose)).toMatchObject({ code: 0 })
  const deny = ['--deny', 'countries:KZ']
  expect(await terminal('card', 'controls', ...whose, ...deny)).toMatchObject({ code: 0 })
  expect(await pay()).toBe(2)
  expect(await terminal('card', 'controls', ...whose)).toMatchObject({ code: 0 })
  expect(await pay()).toBe(0)
})

test('lists the scenarios that there are', async () => {
  const { code, out } = await terminal('scenario', '--list')
  expect(code).toBe(0)
  for (const { name } of SCENARIOS) expect(out).toContain(name)
})

describe.concurrent('scenarios', () => {
  test.for(SCENARIOS)(
    'plays $name at $bank, and every step is answered as expected',
    async ({ name, bank }, { expect }) => {
      const { code, out, error } = await terminal('scenario', name, '--bank', bank)
      expect([out, error]).toEqual([expect.stringContaining('PASSED'), ''])
      expect(code).toBe(0)
    },
  )
})
