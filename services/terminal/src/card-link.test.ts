import { join } from 'node:path'
import { readDemoFile } from '@tolem/client/demo-file'
import { expect, onTestFinished, test } from 'vitest'
import { type Answer, openSetting, type Setting } from './testing/bank-api.ts'

const CARD = { status: 'active', expiresOn: '2029-12', limits: {}, controls: {} } as const
const WALLET = {
  exchange: 'bybit',
  rail: 'bybit-pay',
  walletId: 'AGR-9',
  userId: 'U-9',
  assets: ['USDT'],
}
const MANDATE = {
  mandateId: 'mdt_019a1b2c-3d4e-7f50-8a6b-000000000008',
  cardToken: 'card_rich',
  exchange: 'bybit',
  rail: 'bybit-pay',
  assets: ['USDT'],
  createdAt: '2026-11-22T10:00:00.000Z',
}
const OFFER = {
  link: 'https://pay.example/sign?token=abc',
  qrCode: 'https://pay.example/sign?token=abc',
  expiresAt: '2026-11-22T10:30:00.000Z',
}

/** A bank API on which a mandate goes through these states, one with each time it is asked about. */
async function openAt(...states: readonly object[]): Promise<Setting> {
  const setting = openSetting(onTestFinished)
  let turn = 0
  await setting.listen(({ call }): Answer => {
    if (!call.includes('/mandates'))
      return [200, { ...CARD, cardToken: 'card_rich', version: 2, walletLink: WALLET }]
    const state = states[Math.min(turn, states.length - 1)]
    turn += 1
    return [turn === 1 ? 201 : 200, { ...MANDATE, ...state }]
  })
  return setting
}

const LINK = 'card link --bank halyk --exchange bybit --rail bybit-pay --assets USDT'

test('card link shows a link and its code, follows until it is signed, and remembers the wallet', async () => {
  const signed = { status: 'signed', walletId: 'AGR-9' }
  const offered = { status: 'offered', ...OFFER }
  const setting = await openAt({ status: 'requested' }, offered, offered, signed)
  expect(await setting.run(`${LINK} --limit 50.00`)).toBe(0)
  expect(setting.heard[0]).toMatchObject({
    call: 'POST /v1/cards/card_rich/mandates',
    body: {
      mandateRequestId: expect.stringMatching(/^terminal-/),
      exchange: 'bybit',
      rail: 'bybit-pay',
      assets: ['USDT'],
      singleLimit: { value: '50.00', asset: 'USDT' },
    },
  })
  const said = setting.said()
  expect(said).toContain(OFFER.link)
  expect(said).toMatch(/[▀▄█]{5}/)
  expect(said).toMatch(/Status +signed: wallet AGR-9 pays from now/)
  const card = readDemoFile(join(setting.home, 'demo.json')).banks[0]?.cards[0]?.card
  expect(card?.walletLink).toEqual(WALLET)
})

test.each([
  ['refused', 'refused_at_exchange'],
  ['expired', 'link_expired'],
])('card link ends with 1 when the mandate is %s', async (status, reason) => {
  const setting = await openAt({ status: 'offered', ...OFFER }, { status, reason })
  expect(await setting.run(LINK)).toBe(1)
  expect(setting.said()).toContain(`${status}, ${reason}`)
})

test('card link need not follow', async () => {
  const setting = await openAt({ status: 'offered', ...OFFER })
  expect(await setting.run(`${LINK} --no-follow`)).toBe(0)
  expect(setting.heard).toHaveLength(1)
  expect(setting.said()).not.toContain('Waiting')
})

test('card link says what cannot be asked for', async () => {
  const setting = await openAt({})
  const sub = 'card link --bank halyk --exchange binance --rail binance-subaccount --assets USDT'
  expect(await setting.run(sub)).toBe(1)
  expect(setting.said()).toContain('give --wallet')
  expect(await setting.run(`${LINK} --limit nothing`)).toBe(1)
  expect(setting.heard).toEqual([])
})

test('card unlink takes the wallet away', async () => {
  const setting = openSetting(onTestFinished)
  await setting.listen(() => [200, { ...CARD, cardToken: 'card_rich', version: 3 }])
  expect(await setting.run('card unlink --bank halyk')).toBe(0)
  expect(setting.heard.map(({ call }) => call)).toEqual(['DELETE /v1/cards/card_rich/wallet-link'])
  expect(setting.said()).toMatch(/Wallet +none linked/)
})
