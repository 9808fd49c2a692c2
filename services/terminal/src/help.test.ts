import { expect, onTestFinished, test } from 'vitest'
import { openSetting } from './testing/bank-api.ts'

/** Every command that the help of the terminal names. */
async function listCommands(): Promise<readonly string[]> {
  const { run, said } = openSetting(onTestFinished)
  await run('--help')
  const list = /Commands:\n([\s\S]*?)\n\n/.exec(said())?.[1] ?? ''
  return [...list.matchAll(/^ {2}([a-z]+) /gm)].flatMap(([, name]) => name ?? [])
}

test('help for each command has an example and says with what it ends', async () => {
  const commands = (await listCommands()).filter((name) => name !== 'help')
  expect(commands).toEqual(expect.arrayContaining(['purchase', 'withdraw', 'clear', 'load']))
  for (const command of commands) {
    const { run, said } = openSetting(onTestFinished)
    expect(await run(`${command} --help`)).toBe(0)
    expect(said()).toMatch(new RegExp(`Examples?:\\n  npm run terminal -- ${command}`))
    expect(said()).toMatch(/Ends with 0,? /)
  }
})
