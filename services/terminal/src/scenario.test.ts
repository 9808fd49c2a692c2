import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { SCENARIOS } from './scenario/list.ts'
import { openSetting, type Setting } from './testing/bank-api.ts'
import { createTestBank } from './testing/model-bank.ts'

let setting: Setting

beforeEach(() => {
  setting = openSetting(onTestFinished)
})

test('every file of scenarios is in the list under its own name', () => {
  const files = readdirSync(join(import.meta.dirname, 'scenarios'))
  expect(SCENARIOS.map(({ name }) => `${name}.ts`).toSorted()).toEqual(files.toSorted())
})

test('the list names every scenario and what it shows', async () => {
  expect(await setting.run('scenario --list')).toBe(0)
  for (const { name } of SCENARIOS) expect(setting.said()).toContain(`${name} `)
  for (const { title } of SCENARIOS) expect(setting.said()).toContain(title)
})

test.for(SCENARIOS)(
  'a bank that keeps to the contract answers $name as expected',
  async ({ name, steps }) => {
    await setting.listen(createTestBank())
    const code = await setting.run(`scenario ${name}`)
    expect(setting.said()).toContain(`PASSED, ${steps.length} of ${steps.length} steps taken`)
    expect(code).toBe(0)
  },
)

test('a wrong answer ends a scenario with 1, and says what differed', async () => {
  const answer = createTestBank()
  await setting.listen((heard) => {
    const told = answer(heard)
    if (told === 'hang up' || !heard.call.endsWith('clearings')) return told
    return [
      200,
      { ...told[1], outcome: 'force_posted', exposedAmount: { value: '9.00', currency: 'KZT' } },
    ]
  })
  expect(await setting.run('scenario fuel')).toBe(1)
  expect(setting.said()).toContain(
    'FAILED at step 2: outcome: expected "cleared", answered "force_posted"',
  )
  expect(setting.said()).toContain('2 of 3 steps taken')
})

test('a problem and silence end a scenario with 1', async () => {
  const problem = { type: '/problems/x', title: 'Not so.', status: 422, responseCode: '30' }
  await setting.listen(() => [422, problem])
  expect(await setting.run('scenario fuel')).toBe(1)
  expect(setting.said()).toContain('answer: expected one, got a problem: Not so. (422)')
  await setting.listen(() => 'hang up')
  expect(await setting.run('scenario fuel')).toBe(1)
  expect(setting.said()).toContain('answer: expected one, got none:')
})

test('what could not be decided in time is sent again as a repeat', async () => {
  const answer = createTestBank()
  const busy = { type: '/problems/overloaded', title: 'Busy.', status: 503, responseCode: '91' }
  let isBusy = true
  await setting.listen((heard) => {
    const isPurchase = heard.call.endsWith('authorizations')
    if (isPurchase && isBusy) {
      isBusy = false
      return [503, busy]
    }
    return answer(heard)
  })
  expect(await setting.run('scenario fuel')).toBe(0)
  const sent = setting.heard.filter(({ call }) => call === 'POST /v1/authorizations')
  expect(sent.map(({ body }) => body['repeat'])).toEqual([undefined, true])
})

test('copies of a message must get the same bytes', async () => {
  const answer = createTestBank()
  await setting.listen((heard) => {
    const told = answer(heard)
    if (told === 'hang up' || !heard.body['repeat']) return told
    return [200, { ...told[1], approvalCode: 'ANOTHR' }]
  })
  expect(await setting.run('scenario repeat-storm')).toBe(1)
  expect(setting.said()).toContain('copies: 19 of 20 did not get the same bytes')
})

test('prints every step as JSON', async () => {
  await setting.listen(createTestBank())
  expect(await setting.run('scenario fuel --json')).toBe(0)
  expect(JSON.parse(setting.said())).toMatchObject({
    scenario: 'fuel',
    bank: 'halyk',
    isPassed: true,
    steps: [
      { step: { kind: 'card' }, request: { status: 'active' } },
      { answer: { decision: 'approved' }, differences: [], roundTripMs: expect.any(Number) },
      { answer: { outcome: 'cleared' } },
      { moved: { keeps: 'part', debits: 1 } },
    ],
  })
})

test.for([
  ['scenario', 'Which scenario? There are: a-day-at-the-shop, hotel'],
  ['scenario heist', 'There is no scenario "heist".'],
  ['scenario fuel --card card_poor', 'does not say from which wallet card_poor'],
] as const)('"%s" ends with 1 and sends nothing', async ([words, sentence]) => {
  await setting.listen(createTestBank())
  expect(await setting.run(words)).toBe(1)
  expect(setting.said()).toContain(sentence)
  expect(setting.heard).toEqual([])
})
