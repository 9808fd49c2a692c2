import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { createManualClock } from '../manual-clock.ts'
import { createMarket } from './market.ts'
import { createTapePlayer, readTape, recordTape } from './tape.ts'

const line = (at: number, bid: string, ask = bid) =>
  JSON.stringify({ at, exchange: 'bybit', symbol: 'BTCUSDT', bid, ask })

function scene() {
  const clock = createManualClock()
  const market = createMarket({ seed: 1, now: clock.now })
  const bid = () => market.top('bybit', 'BTCUSDT')?.bid
  return { clock, market, bid, player: createTapePlayer(market, clock) }
}

test('shows each frame at its moment, twice as fast at speed 2, and walks again when stopped', async () => {
  const { clock, market, bid, player } = scene()
  player.play(readTape([line(0, '1'), line(1_000, '2'), line(3_000, '3')].join('\n')), 2)
  const shown: unknown[] = [bid()]
  for (const ms of [499, 1, 999, 1]) {
    clock.advance(ms)
    shown.push(bid())
  }
  expect(shown).toEqual(['1', '1', '2', '2', '3'])
  expect(player.left()).toBe(0)
  market.step(() => false)
  expect(bid()).toBe('3')
  player.stop()
  for (let step = 0; step < 20; step += 1) market.step(() => false)
  expect(Number(bid())).toBeGreaterThan(1_000)
})

test('a tape that is played ends the one before it', async () => {
  const { clock, bid, player } = scene()
  player.play(readTape([line(0, '1'), line(1_000, '2')].join('\n')), 1)
  player.play(readTape(line(0, '7')), 1)
  clock.advance(2_000)
  expect(bid()).toBe('7')
})

test.each([
  ['not JSON', 'nonsense'],
  ['a frame without prices', '{"at":0,"exchange":"bybit","symbol":"BTCUSDT"}'],
  ['a frame that goes back in time', [line(5, '1'), line(4, '1')].join('\n')],
])('refuses %s, and says where', (_what, text) => {
  expect(() => readTape(text)).toThrow(/^line [12] of the tape/)
})

test('what was recorded can be played', () => {
  const { clock, market } = scene()
  const recording = recordTape(market, clock)
  for (let step = 0; step < 10; step += 1) market.step(() => false)
  recording.stop()
  const last = market.top('bybit', 'BTCUSDT')?.bid
  market.step(() => false)
  const text = recording
    .frames()
    .map((frame) => JSON.stringify(frame))
    .join('\n')
  const other = scene()
  other.player.play(readTape(text), 1)
  expect(other.bid()).toBe(last)
})

test('every shipped tape can be read, and the one with glitches says which they are', () => {
  const folder = new URL('../../tapes/', import.meta.url)
  const names = readdirSync(folder).filter((name) => name.endsWith('.ndjson'))
  expect(names).toContain('calm.ndjson')
  for (const name of names)
    expect(readTape(readFileSync(new URL(name, folder), 'utf8')).length).toBeGreaterThan(100)
  const glitches = readTape(readFileSync(new URL('glitches.ndjson', folder), 'utf8'))
    .map(({ glitch }) => glitch)
    .filter((glitch) => glitch !== undefined)
  expect(new Set(glitches).size).toBeGreaterThanOrEqual(8)
})
