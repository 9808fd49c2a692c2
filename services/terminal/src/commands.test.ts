import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { readDemoFile, writeDemoFile } from '@tolem/client/demo-file'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { composeTerminal } from './compose.ts'
import { createPaint } from './shell.ts'

const messages = { kk: '', ru: '', en: '' }
const AUTHORIZATION = 'aut_0199f2a0-0000-7000-8000-000000000001'
const approved = {
  authorizationId: AUTHORIZATION,
  decision: 'approved',
  responseCode: '00',
  approvalCode: '7K2M9Q',
  messages,
}
const declined = {
  authorizationId: AUTHORIZATION,
  decision: 'declined',
  responseCode: '51',
  reason: 'insufficient_funds',
  messages,
}
const notFound = {
  type: '/problems/not_found',
  title: 'Nothing here.',
  status: 404,
  responseCode: '30',
}
const record = {
  authorizationId: AUTHORIZATION,
  type: 'purchase',
  cardToken: 'card_rich',
  state: 'approved',
  billingAmount: { value: '12500.00', currency: 'KZT' },
  receivedAt: '2026-11-22T10:04:05.100Z',
  reversalId: 'rev_1',
  answer: approved,
  movements: [
    {
      kind: 'debit',
      reference: 'tmd01abc',
      exchange: 'bybit',
      asset: 'USDT',
      amount: '25.65',
      state: 'executed',
    },
  ],
  events: [{ kind: 'debit_executed', occurredAt: '2026-11-22T10:04:05.128Z' }],
}

type Heard = {
  readonly call: string
  readonly keyId: string
  readonly body: Record<string, unknown>
}
type Answer = readonly [status: number, body: object] | 'hang up'

let home: string
let heard: Heard[]
let said: string

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'terminal-'))
  heard = []
  said = ''
})

test('purchase sends a signed purchase and ends with 0 when it is approved', async () => {
  await listen(() => [200, approved])
  expect(await run('purchase --bank halyk --amount 12500 --merchant Arzan --mcc 5812')).toBe(0)
  expect(said).toContain('APPROVED')
  expect(heard).toMatchObject([
    {
      call: 'POST /v1/authorizations',
      keyId: 'halyk-demo',
      body: {
        cardToken: 'card_rich',
        transactionAmount: { value: '12500.00', currency: 'KZT' },
        merchant: { name: 'Arzan', categoryCode: '5812' },
      },
    },
  ])
})

test('purchase ends with 2 when it is declined', async () => {
  await listen(() => [200, declined])
  expect(await run('purchase --bank halyk --amount 1.00 --card card_poor')).toBe(2)
  expect(said).toContain('DECLINED')
  expect(heard[0]?.body).toMatchObject({ cardToken: 'card_poor' })
})

test('purchase ends with 1 when there is no decision', async () => {
  await listen(() => [404, notFound])
  expect(await run('purchase --bank halyk --amount 1.00')).toBe(1)
  expect(said).toContain('PROBLEM')
})

test('purchase prints what a program can read', async () => {
  await listen(() => [200, approved])
  expect(await run('purchase --bank halyk --amount 1.00 --json')).toBe(0)
  expect(JSON.parse(said)).toMatchObject({
    request: { transactionAmount: { value: '1.00', currency: 'KZT' } },
    result: { kind: 'decided', answer: approved },
    roundTripMs: expect.any(Number),
  })
})

test.for([
  ['purchase --bank halyk --amount 12,5', 'Write tenge as digits with a point'],
  ['purchase --bank halyk --amount -1', 'Write tenge as digits with a point'],
  ['purchase --bank halyk --amount 1.005', 'two decimals'],
  ['purchase --bank halyk', "required option '--amount <kzt>'"],
  ['purchase --bank sber --amount 1.00', 'There is no demo bank "sber". There are: halyk, altyn.'],
  ['purchase --bank halyk --amount 1.00 --mcc 12', 'four digits'],
  ['purchase --bank halyk --amount 1.00 --url halyk', 'Write an address such as'],
  ['reverse', 'No purchase was made from this home.'],
  ['reverse --last --reason boredom', 'customer_cancellation'],
  ['card --bank halyk --card card_poor --status frozen', 'Give the whole card: --from'],
  ['load --bank halyk --rate 0', 'Write a number from 0.1 to 20000.'],
  ['load --bank halyk --rate 1000 --seconds 3600', 'Ask for 400000 at most.'],
  ['refund', "unknown command 'refund'"],
] as const)('"%s" ends with 1 and says "%s"', async ([words, sentence]) => {
  await listen(() => [200, approved])
  expect(await run(words)).toBe(1)
  expect(said).toContain(sentence)
  expect(heard).toEqual([])
})

test('says to start Tolem when there is no demo file', async () => {
  expect(await run('rates')).toBe(1)
  expect(said).toContain('Start Tolem first: npm start')
})

test.for(['purchase', 'reverse', 'card', 'show', 'rates', 'load'])(
  'help for %s has an example',
  async (command) => {
    expect(await run(`${command} --help`)).toBe(0)
    expect(said).toContain(`Example:\n  npm run terminal -- ${command}`)
  },
)

test('reverse undoes the last purchase', async () => {
  await listen(({ call }) =>
    call.endsWith('reversals')
      ? [200, { reversalId: 'rev_1', responseCode: '00', outcome: 'reversed' }]
      : [200, approved],
  )
  await run('purchase --bank altyn --amount 1.00')
  expect(await run('reverse')).toBe(0)
  expect(said).toMatch(/Outcome +reversed/)
  expect(heard[1]).toMatchObject({
    keyId: 'altyn-demo',
    body: { original: { authorizationId: AUTHORIZATION }, reason: 'customer_cancellation' },
  })
})

test('reverse names a purchase that was never answered by its network key', async () => {
  await listen(({ call }) =>
    call.endsWith('reversals')
      ? [200, { reversalId: 'rev_1', responseCode: '00', outcome: 'recorded_before_original' }]
      : 'hang up',
  )
  expect(await run('purchase --bank halyk --amount 1.00')).toBe(1)
  expect(await run('reverse --last')).toBe(0)
  const [purchase, reversal] = heard
  const { acquirerId, systemTraceAuditNumber, retrievalReferenceNumber, localDateTime, terminal } =
    purchase?.body ?? {}
  expect(reversal?.body).toMatchObject({
    original: {
      acquirerId,
      terminalId: (terminal as { id: string }).id,
      systemTraceAuditNumber,
      retrievalReferenceNumber,
      localDateTime,
    },
    reason: 'no_response',
  })
})

test('reverse finds out whose an authorization is', async () => {
  await listen(({ call, keyId }) => {
    if (call.startsWith('POST'))
      return [200, { reversalId: 'rev_1', responseCode: '00', outcome: 'reversed' }]
    return keyId === 'altyn-demo' ? [200, record] : [404, notFound]
  })
  expect(await run(`reverse --id ${AUTHORIZATION}`)).toBe(0)
  expect(heard.at(-1)).toMatchObject({ call: 'POST /v1/reversals', keyId: 'altyn-demo' })
})

test('show tells the story of an authorization', async () => {
  await listen(({ keyId }) => (keyId === 'altyn-demo' ? [200, record] : [404, notFound]))
  expect(await run(`show ${AUTHORIZATION}`)).toBe(0)
  expect(said).toMatch(/Asked for +purchase of 12500\.00 KZT/)
  expect(said).toMatch(/State +approved, reversed/)
  expect(said).toMatch(/debit +25\.65 USDT +bybit +executed +tmd01abc/)
  expect(said).toMatch(/2026-11-22 15:04:05 +\+28 ms +debit executed/)
})

test('show says that no bank knows an authorization', async () => {
  await listen(() => [404, notFound])
  expect(await run(`show ${AUTHORIZATION}`)).toBe(1)
  expect(said).toContain('is known to halyk, altyn')
})

test('card puts the whole card with the changes, and remembers it', async () => {
  await listen(({ body }) => [200, { cardToken: 'card_rich', version: 2, ...body }])
  expect(await run('card --bank halyk --status frozen --daily 100000.00')).toBe(0)
  const frozen = {
    status: 'frozen',
    expiresOn: '2029-12',
    limits: { dailyAmount: { value: '100000.00', currency: 'KZT' } },
  }
  expect(heard).toMatchObject([{ call: 'PUT /v1/cards/card_rich', body: frozen }])
  expect(readDemoFile(join(home, 'demo.json')).banks[0]?.cards[0]?.card).toEqual(frozen)
  expect(await run('card --bank halyk --daily none')).toBe(0)
  expect(heard[1]?.body).toEqual({ ...frozen, limits: {} })
  expect(await run('card --bank halyk')).toBe(0)
  expect(said).toMatch(/Status +frozen[\s\S]*A day +no limit/)
  expect(heard).toHaveLength(2)
})

test('card takes a whole card from a file', async () => {
  await listen(({ body }) => [200, { cardToken: 'card_poor', version: 1, ...body }])
  const path = join(home, 'card.json')
  writeFileSync(path, '{"status": "active", "expiresOn": "2030-01"}')
  expect(await run(`card --bank halyk --card card_poor --from ${path}`)).toBe(0)
  expect(heard[0]).toMatchObject({ body: { status: 'active', expiresOn: '2030-01' } })
})

test('rates shows each rate and its state', async () => {
  const rate = { exchange: 'bybit', pair: 'USDT/KZT', observedAt: '', ageMs: 310 }
  const rates = [
    { ...rate, state: 'safe', bid: '494.9', ask: '495.3' },
    { ...rate, state: 'stale', pair: 'BTC/KZT' },
  ]
  await listen(() => [200, { maximumAgeMs: 5000, rates }])
  expect(await run('rates')).toBe(0)
  expect(said).toMatch(/bybit +USDT\/KZT +safe +494\.9 +495\.3 +310 ms/)
  expect(said).toMatch(/bybit +BTC\/KZT +stale +- +- +310 ms/)
})

test('load sends what was planned, and ends with 0 when repeats agree', async () => {
  await listen(({ call }) =>
    call.endsWith('reversals')
      ? [200, { reversalId: 'rev_1', responseCode: '00', outcome: 'reversed' }]
      : [200, approved],
  )
  expect(await run('load --bank all --rate 40 --seconds 1 --repeats 100 --reversals 100')).toBe(0)
  const purchases = heard.filter(({ call }) => call.endsWith('authorizations'))
  expect(purchases.filter(({ body }) => !body['repeat'])).toHaveLength(40)
  expect(purchases.filter(({ body }) => body['repeat'])).toHaveLength(40)
  expect(heard.filter(({ call }) => call.endsWith('reversals'))).toHaveLength(40)
  expect(said).toContain('40 answered the same bytes, 0 not compared')
  expect(said).toMatch(/Other bytes +0/)
})

test('load ends with 1 when a repeat gets other bytes', async () => {
  await listen(({ body }) => [200, body['repeat'] ? declined : approved])
  expect(await run('load --bank halyk --rate 10 --seconds 1 --repeats 100')).toBe(1)
  expect(said).toMatch(/Other bytes +10/)
})

/** As many as no purchase takes, so that each of its choices falls either way in turn. */
const CHANCES = [0.05, 0.95, 0.35, 0.65, 0.2, 0.8, 0.5]

/** Runs the command line on a clock on which waiting takes no time. */
function run(words: string): Promise<number> {
  let time = 0
  let chance = 0
  said = ''
  const say = (text: string) => {
    said += text
  }
  const terminal = composeTerminal(
    {
      out: say,
      error: say,
      isInteractive: false,
      paint: createPaint(false),
      now: Date.now,
      monotonicNow: () => time,
      random: () => CHANCES[chance++ % CHANCES.length] ?? 0,
      wait: async (milliseconds) => {
        time += milliseconds
      },
      catchInterruption: () => new AbortController().signal,
    },
    { TOLEM_HOME: home },
  )
  return terminal.run(words.split(' '))
}

/** A bank API that answers as told, and the demo file that leads to it. */
async function listen(answer: (heard: Heard) => Answer): Promise<void> {
  const receive = async (request: IncomingMessage, response: ServerResponse) => {
    const { method, url, headers } = request
    const keyId = /keyid="([^"]+)"/.exec(String(headers['signature-input']))?.[1] ?? ''
    const body = method === 'GET' ? {} : ((await json(request)) as Record<string, unknown>)
    const one = { call: `${method} ${url}`, keyId, body }
    heard.push(one)
    const told = answer(one)
    if (told === 'hang up') return request.socket.destroy()
    return response
      .writeHead(told[0], { 'content-type': 'application/json' })
      .end(JSON.stringify(told[1]))
  }
  const server = createServer((request, response) => void receive(request, response))
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await listening
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  const key = Buffer.alloc(32, 1).toString('base64')
  const bank = { algorithm: 'hmac-sha256', key } as const
  const card = { status: 'active', expiresOn: '2029-12', limits: {} } as const
  const cards = [
    { token: 'card_rich', description: 'pays', card },
    { token: 'card_poor', description: 'has no money' },
  ]
  writeDemoFile(join(home, 'demo.json'), {
    url: `http://127.0.0.1:${port}`,
    sandboxUrl: 'http://127.0.0.1:8083',
    banks: [
      { ...bank, id: 'halyk', name: 'Halyk Bank', keyId: 'halyk-demo', cards },
      { ...bank, id: 'altyn', name: 'Altyn Bank', keyId: 'altyn-demo', cards },
    ],
  })
}
