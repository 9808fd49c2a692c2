import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'

const LOGGER = join(import.meta.dirname, 'logger.ts')

/** A process that writes a log. */
function speak(script: string) {
  const child = spawn(
    process.execPath,
    [
      '--input-type=module-typescript',
      '-e',
      `import { createLogger, endLog } from ${JSON.stringify(LOGGER)}
      const logger = createLogger({ service: 'speaker', level: 'info' })
      ${script}`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
  )
  const { stdout } = child
  if (!stdout) throw new Error('its output was not asked for')
  return Object.assign(child, { stdout })
}

test('a line that is alone is written while its process lives on', async () => {
  const child = speak(`
    logger.warn('alone')
    setInterval(() => {}, 1_000)`)
  try {
    const [line] = await once(child.stdout.setEncoding('utf8'), 'data')
    expect(JSON.parse(line)).toMatchObject({ service: 'speaker', msg: 'alone' })
  } finally {
    child.kill('SIGKILL')
  }
})

test('a process whose log nobody reads goes on working, and ends', async () => {
  const child = speak(`
    for (let line = 0; line < 2_000; line += 1) logger.info({ line }, 'x'.repeat(500))
    setTimeout(() => process.send('works'), 100)
    process.once('message', () => endLog(logger, 50).then(() => process.exit()))`)
  try {
    expect(await once(child, 'message')).toEqual(['works', undefined])
    child.send('end')
    expect(await once(child, 'exit')).toEqual([0, null])
  } finally {
    child.kill('SIGKILL')
  }
})

test('of more lines than fit into the backlog the lost ones are counted once somebody reads', async () => {
  const child = speak(`
    for (let line = 0; line < 20_000; line += 1) logger.info('x'.repeat(500))
    process.send('said')
    process.once('message', () => {})`)
  try {
    await once(child, 'message')
    const lines: string[] = []
    for await (const line of createInterface(child.stdout)) {
      lines.push(line)
      if (line.includes('were lost')) break
    }
    const { lines: lost } = JSON.parse(lines.at(-1) ?? '') as { readonly lines: number }
    expect(lines.length - 1 + lost).toBe(20_000)
    expect(lost).toBeGreaterThan(5_000)
  } finally {
    child.kill('SIGKILL')
  }
})
