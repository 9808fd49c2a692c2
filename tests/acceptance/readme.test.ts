import { execFile, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readDemoFile } from '@tolem/client/demo-file'
import { leaveOut } from '@tolem/testing/left-out'
import { expect, test } from 'vitest'
import { sharedStack } from '../support/shared-stack.ts'

const { home } = sharedStack()
const README = readFileSync(join(import.meta.dirname, '..', '..', 'README.md'), 'utf8')
const TOOLS = ['bash', 'curl', 'openssl', 'base64', 'od']
const MISSING = TOOLS.filter((tool) => spawnSync('which', [tool]).status !== 0)

/** The shell lines of a section, as a reader would copy them. */
function shellOf(section: string): string {
  const [, text = ''] = README.split(`## ${section}\n`)
  return /```sh\n([\s\S]*?)```/.exec(text)?.[1] ?? ''
}

/** The commands as printed, against the stack under test instead of the addresses of `npm start`. */
function run(commands: string): Promise<string> {
  const { url } = readDemoFile(join(home, 'demo.json'))
  const here = commands.replace('http://127.0.0.1:8080', url).replace('./.tolem', home)
  return new Promise((resolve) => {
    execFile('bash', ['-c', here], (_error, out) => resolve(out))
  })
}

test('a request signed with curl and openssl, as the README says, is decided', async (context) => {
  const commands = shellOf('Sign a request yourself')
  expect(commands).toContain('openssl dgst')
  if (MISSING.length > 0) leaveOut(context, `this machine lacks ${MISSING.join(', ')}`)
  const answer = await run(commands)
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK/)
  expect(answer).toContain('"decision":"approved"')
})
