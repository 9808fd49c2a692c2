import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { EXIT, USAGE } from './arguments.ts'

const MAIN = join(import.meta.dirname, 'main.ts')

test('whoever asks for help gets it before anything is configured', async () => {
  const asked = await promisify(execFile)(process.execPath, [MAIN, '--help'], { env: {} })
  expect(asked.stdout).toBe(USAGE)
})

test('without an environment it says what is missing, and ends as for a wrong command', async () => {
  const failed = promisify(execFile)(process.execPath, [MAIN, '--bank', 'halyk'], { env: {} })
  await expect(failed).rejects.toMatchObject({
    code: EXIT.usage,
    stderr: expect.stringContaining('DATABASE_URL'),
  })
})
