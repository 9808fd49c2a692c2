import { execFile } from 'node:child_process'
import { expect, test } from 'vitest'

const run = (...options: string[]) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, ['tests/conformance/main.ts', ...options], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    )
  })

test('the command tells its checks, and what is missing of its options', async () => {
  const listed = await run('--list')
  expect([listed.code, listed.stdout.split('\n').length > 15]).toEqual([0, true])
  const nothing = await run()
  expect([nothing.code, nothing.stderr]).toEqual([2, expect.stringContaining('--programme')])
  const pilot = ['--programme', 'packages/programme/pilot.json', '--wallet', 'w']
  const nobody = await run(...pilot, '--exchange', 'okx', '--rail', 'bybit-pay')
  expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('no exchange okx')])
  const unknown = await run(...pilot, '--exchange', 'bybit', '--rail', 'binance-pay')
  expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('it has: bybit-pay')])
})
