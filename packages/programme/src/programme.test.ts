import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PILOT_PROGRAMME_FILE, ProgrammeMistake, readProgramme } from './programme.ts'

type Json = Record<string, unknown>

function programmeWith(
  change: (programme: Json & { banks: Json[]; exchanges: Json[] }) => void,
): string {
  const programme = JSON.parse(readFileSync(PILOT_PROGRAMME_FILE, 'utf8'))
  change(programme)
  const file = join(mkdtempSync(join(tmpdir(), 'programme-')), 'programme.json')
  writeFileSync(file, JSON.stringify(programme))
  return file
}

test('the pilot has the five banks, two licensed exchanges and six assets', () => {
  const pilot = readProgramme(PILOT_PROGRAMME_FILE)
  expect(pilot.banks.map((bank) => bank.id)).toEqual(['halyk', 'forte', 'freedom', 'rbk', 'altyn'])
  expect(pilot.exchanges.map((one) => [one.id, one.regulator])).toEqual([
    ['bybit', 'AFSA'],
    ['binance', 'AFSA'],
  ])
  expect(pilot.assets.map((one) => one.asset)).toEqual(['USDT', 'USDC', 'BTC', 'ETH', 'SOL', 'TON'])
})

test('the pilot file holds references to secrets and no secret', () => {
  const text = readFileSync(PILOT_PROGRAMME_FILE, 'utf8')
  for (const [, reference] of text.matchAll(/"(?:secret|apiKey)": "([^"]*)"/g))
    expect(reference).toMatch(/^env:/)
})

test('a wrong file is refused with all its mistakes at once', () => {
  const file = programmeWith((programme) => {
    Object.assign(programme.banks[0] ?? {}, { responseBudgetMs: 50, surprise: true })
    Object.assign(programme.exchanges[1] ?? {}, { id: 'bybit', regulator: 'SEC' })
  })
  const read = () => readProgramme(file)
  expect(read).toThrow(ProgrammeMistake)
  expect(read).toThrow(/banks\.0\.responseBudgetMs/)
  expect(read).toThrow(/surprise/)
  expect(read).toThrow(/exchanges\.1\.regulator/)
})

test('two things under one name are refused', () => {
  const file = programmeWith((programme) =>
    Object.assign(programme.exchanges[1] ?? {}, { id: 'bybit' }),
  )
  expect(() => readProgramme(file)).toThrow(/bybit stands there twice/)
})

test('plain HTTP to anything but this machine is refused', () => {
  const withFeed = (webSocket: string) =>
    programmeWith(({ exchanges }) => Object.assign(exchanges[0]?.['feed'] as Json, { webSocket }))
  expect(() => readProgramme(withFeed('ws://stream.bybit.kz'))).toThrow(/https or wss/)
  expect(readProgramme(withFeed('ws://127.0.0.1:8083/v5/public/spot'))).toBeDefined()
})

test('a file that is not there or not JSON is one clear mistake', () => {
  expect(() => readProgramme('/nowhere.json')).toThrow(/nowhere\.json/)
})
