import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sharedStack } from '../support/shared-stack.ts'

const stack = sharedStack()
const ROOT = join(import.meta.dirname, '..', '..')

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
