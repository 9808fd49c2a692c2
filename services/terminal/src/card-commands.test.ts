import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readDemoFile } from '@tolem/client/demo-file'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openSetting, type Setting } from './testing/bank-api.ts'

const card = { status: 'active', expiresOn: '2029-12', limits: {} } as const

let setting: Setting

beforeEach(async () => {
  setting = openSetting(onTestFinished)
  await setting.listen(({ call, body }) => {
    const part = call.split('/').at(-1) ?? ''
    const changed = part === 'controls' ? { controls: body } : { walletLink: body }
    const answer = { ...card, cardToken: 'card_rich', version: 3, controls: {} }
    return [200, { ...answer, ...(part === 'status' ? body : changed) }]
  })
})

function remembered(): unknown {
  return readDemoFile(join(setting.home, 'demo.json')).banks[0]?.cards[0]?.card
}

test('card status changes nothing but the status, and remembers the whole card', async () => {
  expect(await setting.run('card status frozen --bank halyk')).toBe(0)
  expect(setting.heard).toMatchObject([
    { call: 'PUT /v1/cards/card_rich/status', keyId: 'halyk-demo', body: { status: 'frozen' } },
  ])
  expect(setting.said()).toMatch(/Status +frozen/)
  expect(setting.said()).toMatch(/Version +3, in force from now/)
  expect(remembered()).toEqual({ ...card, status: 'frozen', controls: {} })
})

test('card controls says lists and limits in words', async () => {
  const words =
    'card controls --bank halyk --deny countries:US,RU channels:atm --allow exchanges:bybit ' +
    '--limit day:50000 24h:20000.5'
  expect(await setting.run(words)).toBe(0)
  expect(setting.heard[0]?.call).toBe('PUT /v1/cards/card_rich/controls')
  expect(setting.heard[0]?.body).toEqual({
    countries: { deny: ['US', 'RU'] },
    channels: { deny: ['atm'] },
    exchanges: { allow: ['bybit'] },
    limits: [
      { window: { kind: 'day' }, amount: { value: '50000.00', currency: 'KZT' } },
      { window: { kind: 'rolling', hours: 24 }, amount: { value: '20000.50', currency: 'KZT' } },
    ],
  })
  expect(setting.said()).toMatch(/Controls +\{"channels"|Controls +\{"countries"/)
})

test('card controls takes the whole of them from a file, or none at all', async () => {
  const controls = { limits: [{ types: ['cash'], window: { kind: 'month' }, count: 3 }] }
  const path = join(setting.home, 'controls.json')
  writeFileSync(path, JSON.stringify(controls))
  expect(await setting.run(`card controls --bank halyk --from ${path}`)).toBe(0)
  expect(await setting.run('card controls --bank halyk')).toBe(0)
  expect(setting.heard.map(({ body }) => body)).toEqual([controls, {}])
})

test('card link changes which wallet pays', async () => {
  const words =
    'card link --bank halyk --exchange bybit --rail bybit-pay --wallet AGR-9 --user U-9 ' +
    '--assets USDT,BTC'
  expect(await setting.run(words)).toBe(0)
  expect(setting.heard).toMatchObject([
    {
      call: 'PUT /v1/cards/card_rich/wallet-link',
      body: {
        exchange: 'bybit',
        rail: 'bybit-pay',
        walletId: 'AGR-9',
        userId: 'U-9',
        assets: ['USDT', 'BTC'],
      },
    },
  ])
  expect(setting.said()).toMatch(/Wallet +bybit, bybit-pay, USDT then BTC/)
})

test('card status ends with 1 and says why the card may not become that', async () => {
  const errors = [{ pointer: '/status', detail: 'a card that is lost cannot become active' }]
  await setting.listen(() => [
    422,
    { type: '', title: 'Some fields are not valid.', status: 422, responseCode: '30', errors },
  ])
  expect(await setting.run('card status active --bank halyk')).toBe(1)
  expect(setting.said()).toContain('/status: a card that is lost cannot become active')
  expect(remembered()).toEqual(card)
})

test.for([
  ['card --status frozen', 'Whose card? Give --bank'],
  ['card status frozen', 'Whose card? Give --bank'],
  ['card status melted --bank halyk', 'Allowed choices are not_activated, active'],
  ['card controls --bank halyk --deny merchants:M1', 'These are no controls'],
  ['card controls --bank halyk --deny countries', 'Write it as countries:US,RU'],
  ['card controls --bank halyk --limit week:5', 'These are no controls'],
  ['card controls --bank halyk --limit day:5 --from x.json', 'not both'],
  ['card controls --bank halyk --from nowhere.json', 'nowhere.json cannot be read'],
  [
    'card link --bank halyk --exchange bybit --rail bybit-pay --wallet A --assets DOGE',
    'This is no wallet',
  ],
] as const)('"%s" ends with 1 and sends nothing', async ([words, sentence]) => {
  expect(await setting.run(words)).toBe(1)
  expect(setting.said()).toContain(sentence)
  expect(setting.heard).toEqual([])
})

test.for(['status', 'controls', 'link'])('help for card %s has an example', async (part) => {
  expect(await setting.run(`card ${part} --help`)).toBe(0)
  expect(setting.said()).toMatch(new RegExp(`Examples?:\\n  npm run terminal -- card ${part}`))
})
