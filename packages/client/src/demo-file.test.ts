import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type DemoFile, DemoFileMistake, readDemoFile, writeDemoFile } from './demo-file.ts'

const demo: DemoFile = {
  url: 'http://127.0.0.1:8080',
  sandboxUrl: 'http://127.0.0.1:8083',
  banks: [
    {
      id: 'halyk',
      name: 'Halyk Bank',
      keyId: 'halyk-demo',
      algorithm: 'hmac-sha256',
      key: Buffer.alloc(32, 7).toString('base64'),
      cards: [{ token: 'card_rich', description: 'pays' }],
    },
  ],
}

test('reads back what was written, from a file that only its owner can read', () => {
  const home = join(mkdtempSync(join(tmpdir(), 'demo-file-')), 'not-yet-there')
  const path = join(home, 'demo.json')
  writeDemoFile(path, demo)
  writeDemoFile(path, { ...demo, url: 'http://127.0.0.1:9080' })
  expect(readDemoFile(path)).toEqual({ ...demo, url: 'http://127.0.0.1:9080' })
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(home)).toEqual(['demo.json'])
})

test('says to start Tolem when the file is not there', () => {
  const read = () => readDemoFile(join(tmpdir(), 'nowhere', 'demo.json'))
  expect(read).toThrow(DemoFileMistake)
  expect(read).toThrow('Start Tolem first: npm start')
})

test('names what is wrong in a file of another shape, without repeating a key', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'demo-file-')), 'demo.json')
  writeFileSync(
    path,
    JSON.stringify({ ...demo, banks: [{ ...demo.banks[0], algorithm: 'rot13' }] }),
  )
  expect(() => readDemoFile(path)).toThrow(/algorithm/)
  writeFileSync(path, '{ not json')
  expect(() => readDemoFile(path)).toThrow(DemoFileMistake)
})
