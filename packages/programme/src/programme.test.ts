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

test('codes that an exchange does not publish are named as it told them, or not at all', () => {
  const withCodes = (orderNotFound: readonly string[]) =>
    programmeWith(({ exchanges }) =>
      Object.assign(exchanges[1] ?? {}, {
        rails: [
          {
            rail: 'binance-pay',
            host: 'https://bpay.binanceapi.com',
            notFoundIsFinalAfterMs: 30_000,
            unpublishedCodes: { orderNotFound },
          },
        ],
      }),
    )
  const [rail] = readProgramme(withCodes(['400202'])).exchanges[1]?.rails ?? []
  expect(rail).toMatchObject({
    scenarioCode: 'Others',
    unpublishedCodes: { orderNotFound: ['400202'] },
  })
  expect(() => readProgramme(withCodes(['ORDER_NOT_FOUND']))).toThrow(/a code: digits/)
})

test('sub-accounts of Bybit pay into the account that its spot market trades from', () => {
  const rail = {
    rail: 'bybit-subaccount',
    host: 'https://api.bybit.kz',
    notFoundIsFinalAfterMs: 30_000,
    masterMemberId: '592324',
  }
  const withConversion = (via: string, accountType?: string) =>
    mistakesIn(({ exchanges }) =>
      Object.assign(exchanges[0] ?? {}, {
        rails: [{ ...rail, accountType }],
        conversion: { via, host: 'https://api.bybit.kz' },
      }),
    )
  expect(withConversion('spot')).toEqual([
    'exchanges.0.rails.0.accountType: must be UNIFIED where the exchange converts by its spot market',
  ])
  expect(withConversion('spot', 'UNIFIED')).toEqual([])
  expect(withConversion('convert')).toEqual([])
})

test('a file that is not there or not JSON is one clear mistake', () => {
  expect(() => readProgramme('/nowhere.json')).toThrow(/nowhere\.json/)
})

/** What is said of a programme with this change. */
function mistakesIn(change: Parameters<typeof programmeWith>[0]): readonly string[] {
  try {
    readProgramme(programmeWith(change))
    return []
  } catch (error) {
    return error instanceof ProgrammeMistake ? error.mistakes : [String(error)]
  }
}

test.each([
  'approved',
  'approved_without_cashback',
  'verified',
  'country_not_permitted',
  'system_malfunction',
])('a response code table without %s is refused, and the mistake names it', (outcome) => {
  const mistakes = mistakesIn((programme) => {
    delete (programme['responseCodes'] as Json)[outcome]
  })
  expect(mistakes).toEqual([`responseCodes.${outcome}: has no response code`])
})

test('a decline with the code of an approval is refused, in the programme and at a bank', () => {
  expect(
    mistakesIn((programme) =>
      Object.assign(programme['responseCodes'] as Json, { card_lost: '10' }),
    ),
  ).toEqual([
    'responseCodes.card_lost: a decline must not have the code of an approval: 10 is partially_approved',
  ])
  expect(
    mistakesIn(({ banks }) =>
      Object.assign(banks[1] ?? {}, { responseCodes: { card_frozen: '00' } }),
    ),
  ).toEqual([
    'banks.1.responseCodes.card_frozen: a decline must not have the code of an approval: 00 is approved',
  ])
  expect(
    mistakesIn(({ banks }) => Object.assign(banks[2] ?? {}, { responseCodes: { verified: '96' } })),
  ).toEqual([
    'banks.2.responseCodes.system_malfunction: a decline must not have the code of an approval: 96 is verified',
  ])
})

const DAY = { window: { kind: 'day' }, amount: '1.00' }

test.each([
  [
    'a limit of nothing',
    { limits: [DAY, { window: { kind: 'day' } }] },
    'controls.limits.1: limits nothing: it has neither an amount nor a count',
  ],
  [
    'what is allowed and denied',
    { types: { allow: ['purchase'], deny: ['purchase'] } },
    'controls.types: purchase is both allowed and denied',
  ],
  [
    'an exchange that is not there',
    { exchanges: { deny: ['bybit', 'kraken'] } },
    'controls.exchanges.deny.1: the programme has no exchange kraken',
  ],
  [
    'a range backwards',
    { merchantCategories: { allow: ['5999-5000'] } },
    'controls.merchantCategories.allow.0: 5999-5000 ends before it begins',
  ],
])('controls with %s are refused, the programme’s and a bank’s', (_name, controls, mistake) => {
  expect(mistakesIn((programme) => Object.assign(programme, { controls }))).toEqual([mistake])
  expect(mistakesIn(({ banks }) => Object.assign(banks[3] ?? {}, { controls }))).toEqual([
    `banks.3.${mistake}`,
  ])
})

test('a hold period for a range backwards is refused', () => {
  const holdPeriods = { byMerchantCategory: { '3999-3501': 30 } }
  expect(mistakesIn(({ banks }) => Object.assign(banks[0] ?? {}, { holdPeriods }))).toEqual([
    expect.stringMatching(/^banks\.0\.holdPeriods\.byMerchantCategory\.3999-3501: /),
  ])
})

test('a webhook is told by TLS or on this machine, under secrets by reference', () => {
  const withWebhook = (webhook: Json) =>
    programmeWith(({ banks }) => Object.assign(banks[0] ?? {}, { webhook }))
  const secret = 'env:HALYK_WEBHOOK_SECRET'
  for (const url of ['https://bank.example/events?from=tolem', 'http://127.0.0.1:9000/events'])
    expect(readProgramme(withWebhook({ url, secret })).banks[0]?.webhook).toEqual({ url, secret })
  const refused = [
    'http://bank.example/events',
    'wss://bank.example',
    'https://user:pass@bank.example',
    'events',
  ]
  for (const url of refused)
    expect(() => readProgramme(withWebhook({ url, secret }))).toThrow(/banks\.0\.webhook\.url/)
  const open = { url: 'https://bank.example', secret: 'whsec_c2VjcmV0' }
  expect(() => readProgramme(withWebhook(open))).toThrow(/env:NAME or file/)
})
