import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { armCrashPoint } from './crash-points.ts'

const MODULE = join(import.meta.dirname, 'crash-points.ts')

function argumentsFor(program: string): readonly string[] {
  const names = 'armCrashPoint, crashPoint, crashTogether, isCrashArmed'
  const script = `import { ${names} } from ${JSON.stringify(MODULE)}\n${program}`
  return ['--input-type=module-typescript', '-e', script]
}

function run(program: string) {
  const { signal, status, stdout, stderr } = spawnSync(process.execPath, argumentsFor(program), {
    encoding: 'utf8',
  })
  return { signal, status, stdout, stderr }
}

test('a process dies where it was told to, the time that it was told, and does nothing more', () => {
  const program = `
    armCrashPoint('authorize.after_debit:3', false)
    for (let time = 1; ; time += 1) {
      process.stdout.write(String(time))
      crashPoint('authorize.after_accept')
      crashPoint('authorize.after_debit')
    }`
  expect(run(program)).toMatchObject({ signal: 'SIGKILL', status: null, stdout: '123' })
})

test('a process that was told nothing passes every point', () => {
  const program = `
    crashPoint('authorize.after_debit')
    await crashTogether('authorize.after_debit')
    process.stdout.write(String(isCrashArmed()))`
  expect(run(program)).toMatchObject({ signal: null, status: 0, stdout: 'false' })
})

test('those that come together are held until the last of them, and none gets further', () => {
  const program = `
    armCrashPoint('authorize.after_debit:3', false)
    const come = async (name) => {
      process.stdout.write(name)
      await crashTogether('authorize.after_debit')
      process.stdout.write('further')
    }
    await Promise.all(['a', 'b', 'c'].map(come))`
  const { signal, stdout, stderr } = run(program)
  expect({ signal, stdout }).toEqual({ signal: 'SIGKILL', stdout: 'abc' })
  expect(stderr).toBe('CRASH_AT: authorize.after_debit, 3 came\n')
})

test('who comes alone is not held for ever', () => {
  const program = `
    armCrashPoint('authorize.after_debit:3', false)
    await crashTogether('authorize.after_debit')`
  const { signal, stderr } = run(program)
  expect({ signal, stderr }).toEqual({
    signal: 'SIGKILL',
    stderr: 'CRASH_AT: authorize.after_debit, 1 came\n',
  })
})

test('a process that is stopped goes on where it was when it is told to', async () => {
  const child = spawn(process.execPath, [
    ...argumentsFor(`
    armCrashPoint('settle.before_credit:stop', false)
    await crashTogether('settle.before_credit')
    process.stdout.write('went on')`),
  ])
  const [told] = await once(child.stderr.setEncoding('utf8'), 'data')
  expect(told).toBe('CRASH_AT: settle.before_credit, 1 came\n')
  const closed = once(child, 'close')
  const output = once(child.stdout.setEncoding('utf8'), 'data')
  const waking = setInterval(() => child.kill('SIGCONT'), 50)
  expect(await output).toEqual(['went on'])
  clearInterval(waking)
  expect(await closed).toEqual([0, null])
})

test.each([
  ['nowhere', 'nowhere is none of authorize.before_accept'],
  ['authorize.after_debit:0', 'authorize.after_debit:0 is none of'],
  ['authorize.after_debit:halt', 'authorize.after_debit:halt is none of'],
])('%s is refused', (written, message) => {
  expect(() => armCrashPoint(written, false)).toThrow(message)
})

test('production dies nowhere', () => {
  expect(() => armCrashPoint('authorize.after_debit', true)).toThrow('production')
})
