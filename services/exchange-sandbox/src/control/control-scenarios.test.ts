import { expect, test } from 'vitest'
import { createFaults } from '../faults.ts'
import { createManualClock } from '../manual-clock.ts'
import { SCENARIOS } from '../scenarios/scenarios.ts'
import { startSandbox } from '../test-rig.ts'

const prices = async (rig: Awaited<ReturnType<typeof startSandbox>>) =>
  (await rig.control('GET', '/control/prices')).text

test('every scenario can be played at each exchange and calmed down again', async () => {
  await using rig = await startSandbox({}, createManualClock())
  const before = await prices(rig)
  for (const { name } of SCENARIOS) {
    for (const exchange of ['bybit', 'binance', 'partner']) {
      const played = await rig.control('POST', `/control/scenarios/${exchange}/${name}`)
      expect([name, played.status]).toEqual([name, 204])
      const faults = (await rig.control('GET', '/control/faults')).body['faults']
      const changed = (await prices(rig)) !== before
      expect([name, JSON.stringify(faults) !== '[]' || changed]).toEqual([name, true])
      await rig.control('DELETE', `/control/scenarios/${exchange}`)
      expect((await rig.control('GET', '/control/faults')).text).toBe('{"faults":[]}')
    }
  }
})

test('a scenario that is not there names those that are', async () => {
  await using rig = await startSandbox({}, createManualClock())
  const { status, text } = await rig.control('POST', '/control/scenarios/bybit/moonlight')
  expect([status, text]).toEqual([404, expect.stringContaining('flaky')])
})

test('half of what a silent exchange was asked for is executed, over many movements', () => {
  const faults = createFaults(1)
  for (const fault of SCENARIOS.find(({ name }) => name === 'silent')?.faults('bybit') ?? [])
    faults.put(fault)
  for (const operation of ['debit', 'credit'] as const) {
    const kinds = Array.from({ length: 400 }, () => {
      return faults.strike({ exchange: 'bybit', operation })?.kind
    })
    const executed = kinds.filter((kind) => kind === 'timeout_after').length
    expect(executed).toBeGreaterThanOrEqual(160)
    expect(executed).toBeLessThanOrEqual(240)
    expect(kinds.filter((kind) => kind === 'timeout_before')).toHaveLength(400 - executed)
  }
})

test('a tape is played by name or as sent, and prices walk again after it', async () => {
  const clock = createManualClock()
  await using rig = await startSandbox({}, clock)
  const { status, body } = await rig.control('POST', '/control/tapes/glitches?speed=10')
  expect([status, Number(body['frames']) > 400]).toEqual([202, true])
  clock.advance(3_001)
  expect((await rig.control('GET', '/control/tapes')).body['left']).toBe(0)
  expect((await rig.control('DELETE', '/control/tape')).status).toBe(204)
  const sent = '{"at":0,"exchange":"bybit","symbol":"BTCUSDT","bid":"1","ask":"2"}'
  const headers = { 'content-type': 'application/x-ndjson' }
  expect((await rig.call('PUT', '/control/tape', { headers, body: sent })).status).toBe(202)
  expect(await prices(rig)).toContain('"bid":"1","ask":"2"')
  const wrong = await rig.call('PUT', '/control/tape', { headers, body: 'nonsense' })
  expect([wrong.status, wrong.text]).toEqual([400, expect.stringContaining('line 1')])
  expect((await rig.control('POST', '/control/tapes/moonlight')).status).toBe(404)
})

test('the National Bank tells one dollar a day, nothing out of its range, and what was planted', async () => {
  await using rig = await startSandbox({}, createManualClock())
  const day = async (date: string) =>
    (await rig.call('GET', `/rss/get_rates.cfm?fdate=${date}`)).text
  const today = await day('07.01.2026')
  expect(today).toMatch(/<date>07\.01\.2026<\/date>[^]*<title>USD<\/title><description>47\d/)
  expect(today).toContain('<quant>100</quant>')
  expect(await day('07.01.2026')).toBe(today)
  expect(await day('08.01.2026')).not.toBe('<rates></rates>')
  for (const date of ['09.01.2026', '31.12.1998', '2026-01-07', '', '40.01.2026'])
    expect(await day(date)).toBe('<rates></rates>')
  const plant = (body: object) => rig.control('PUT', '/control/official-rates/2026-01-07', body)
  await plant({ kind: 'dollar', tenge: '999.9' })
  expect(await day('07.01.2026')).toContain('<description>999.9</description>')
  await plant({ kind: 'empty' })
  expect(await day('07.01.2026')).toBe('<rates></rates>')
  await plant({ kind: 'text', text: '<html>' })
  expect(await day('07.01.2026')).toBe('<html>')
  await rig.control('DELETE', '/control/official-rates/2026-01-07')
  expect(await day('07.01.2026')).toBe(today)
})

test('every call to an exchange is counted, refused ones too', async () => {
  await using rig = await startSandbox({}, createManualClock())
  await rig.binance('GET', '/api/v3/account')
  await rig.call('GET', '/api/v3/account')
  const { body } = await rig.control('GET', '/control/calls')
  expect(body['calls']).toEqual({ binance: 2 })
  const endpoint = { calls: 2, throttled: 0, busiestSecond: 2 }
  expect(body['endpoints']).toEqual({ 'GET /api/v3/account': endpoint })
})

test('calls that come too fast are counted apart, where the refusal has status 200 too', async () => {
  await using rig = await startSandbox(
    { SANDBOX_BYBIT_TRANSFER_LIST_PER_SECOND: 1 },
    createManualClock(),
  )
  const path = '/v5/asset/transfer/query-universal-transfer-list'
  for (let count = 0; count < 3; count += 1) await rig.bybit('GET', path)
  const { body } = await rig.control('GET', '/control/calls')
  const endpoint = { calls: 3, throttled: 2, busiestSecond: 3 }
  expect(body['endpoints']).toEqual({ [`GET ${path}`]: endpoint })
})
