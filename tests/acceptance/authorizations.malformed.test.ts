import { hash, randomBytes } from 'node:crypto'
import { createClient } from '@tolem/client'
import { signingKeyOf } from '@tolem/client/demo-file'
import { request } from 'undici'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { countRows } from '../support/ledger.ts'
import { aPurchase } from '../support/messages.ts'
import { ownHouse } from '../support/own-house.ts'
import { answerIn, type Reply, type TestCard } from '../support/stack.ts'

const own = ownHouse()
const PATH = '/v1/authorizations'

let card: TestCard
let before: unknown

/** Everything that is stored, and everything that ever moved. */
async function takeStock() {
  const { house, stack } = own()
  return [await countRows(house.database.url), await stack.sandbox.movements()]
}

beforeEach(async () => {
  card ??= await own().stack.openCard()
  before ??= await takeStock()
})

afterEach(async () => {
  // Each test also leaves nothing stored and nothing moved, whatever it was answered.
  expect(await takeStock()).toEqual(before)
})

type Sent = {
  readonly body?: string | Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

function send({ body = purchaseText(), headers = {} }: Sent): Promise<Reply> {
  return own().stack.bank().send({ method: 'POST', path: PATH, body, headers })
}

function purchaseText(): string {
  return JSON.stringify(aPurchase(card.token))
}

type Answered = Pick<Reply, 'status' | 'headers' | 'body'>

/** What a reply says is wrong; its content type with it. */
function problemIn({ status, headers, body }: Answered) {
  return { status, contentType: headers['content-type'], problem: JSON.parse(body) }
}

/** A documented problem, with its content type and a response code for the processor. */
function documented(status: number, name: string, pointer?: string) {
  return {
    status,
    contentType: expect.stringMatching(/^application\/problem\+json(;|$)/),
    problem: {
      type: `/problems/${name}`,
      title: expect.stringMatching(/\.$/),
      status,
      responseCode: expect.stringMatching(/^[0-9]{2}$/),
      ...(pointer !== undefined && {
        errors: expect.arrayContaining([expect.objectContaining({ pointer })]),
      }),
    },
  }
}

const amount = (value: unknown) => ({ transactionAmount: { value, currency: 'KZT' } })

describe('a field that is not as documented', () => {
  test.for<[string, object, string]>([
    ['an unknown field', { tip: '1.00' }, '/tip'],
    [
      'an unknown field inside',
      { terminal: { id: 'T', type: 'pos', color: 1 } },
      '/terminal/color',
    ],
    ['an amount as a number', amount(12_500), '/transactionAmount/value'],
    ['three decimals', amount('12500.001'), '/transactionAmount/value'],
    ['a negative amount', amount('-12500.00'), '/transactionAmount/value'],
    ['an amount with a sign', amount('+12500.00'), '/transactionAmount/value'],
    ['a huge amount', amount('9'.repeat(12) + '0'.repeat(12)), '/transactionAmount/value'],
    ['an exponent', amount('1e3'), '/transactionAmount/value'],
    ['infinity', amount('Infinity'), '/transactionAmount/value'],
    ['a thousands separator', amount('12,500.00'), '/transactionAmount/value'],
    ['digits of another script', amount('١٢٥٠٠'), '/transactionAmount/value'],
    ['no amount', amount(null), '/transactionAmount/value'],
    [
      'a billing amount that is not tenge',
      { billingAmount: { value: '1', currency: 'USD' } },
      '/billingAmount/currency',
    ],
    [
      'a currency in lower case',
      { transactionAmount: { value: '1', currency: 'kzt' } },
      '/transactionAmount/currency',
    ],
    ['an unknown type', { type: 'gift' }, '/type'],
    ['a short trace number', { systemTraceAuditNumber: '12345' }, '/systemTraceAuditNumber'],
    ['a day that does not exist', { localDateTime: '2026-02-30T12:00:00' }, '/localDateTime'],
    ['a local time with a zone', { localDateTime: '2026-02-20T12:00:00Z' }, '/localDateTime'],
    ['a slash in an identifier', { acquirerId: '39/001' }, '/acquirerId'],
    [
      'a line feed in a name',
      { merchant: { id: 'M', name: 'A\nB', city: 'A', country: 'KZ', categoryCode: '5411' } },
      '/merchant/name',
    ],
    ['a missing terminal', { terminal: undefined }, '/terminal'],
    ['a token with a space', { cardToken: 'card 1234' }, '/cardToken'],
    ['a flag as text', { final: 'yes' }, '/final'],
  ])('%s is named by its pointer', async ([, change, pointer]) => {
    const body = JSON.stringify({ ...aPurchase(card.token), ...change })
    expect(problemIn(await send({ body }))).toMatchObject(
      documented(422, 'fields_invalid', pointer),
    )
  })
})

test('a field named __proto__ is unknown like any other', async () => {
  const body = purchaseText().replace('{', '{"__proto__":{"final":true},')
  expect(problemIn(await send({ body }))).toMatchObject(
    documented(422, 'fields_invalid', '/__proto__'),
  )
})

describe('what looks like a card number', () => {
  const merchant = { id: 'M', name: 'Shop', city: 'Almaty', country: 'KZ', categoryCode: '5411' }
  test.for<[string, object, string]>([
    [
      'in a merchant name',
      { merchant: { ...merchant, name: 'Shop 4242424242424242' } },
      '/merchant/name',
    ],
    ['with spaces', { merchant: { ...merchant, city: '5555 5555 5555 4444' } }, '/merchant/city'],
    ['as the card token', { cardToken: '4111111111111111' }, '/cardToken'],
    ['as a number in an unknown field', { pan: 4_242_424_242_424_242 }, '/pan'],
    [
      'in full-width digits',
      { merchant: { ...merchant, name: '４２４２４２４２４２４２４２４２' } },
      '/merchant/name',
    ],
  ])('%s is refused and not repeated', async ([, change, pointer]) => {
    const reply = await send({ body: JSON.stringify({ ...aPurchase(card.token), ...change }) })
    expect(problemIn(reply)).toMatchObject(documented(422, 'card_number_refused', pointer))
    expect(reply.body).not.toMatch(/[0-9]{6}/)
  })
})

describe('a body that is not one JSON object', () => {
  test.for<[string, () => string | Uint8Array]>([
    ['no JSON', () => 'type=purchase'],
    ['cut off', () => purchaseText().slice(0, -1)],
    ['followed by more', () => `${purchaseText()} {}`],
    ['with a comment', () => purchaseText().replace('{', '{/**/')],
    ['wrong UTF-8', () => Buffer.concat([Buffer.from('{"type":"'), Buffer.from([0xc3, 0x28])])],
    ['UTF-16', () => Buffer.from(purchaseText(), 'utf16le')],
    ['random bytes', () => randomBytes(2_000)],
  ])('%s is malformed', async ([, body]) => {
    expect(problemIn(await send({ body: body() }))).toMatchObject(documented(400, 'malformed_json'))
  })

  test('an empty body is malformed', async () => {
    const reply = await send({ body: '', headers: { 'content-type': 'application/json' } })
    expect(problemIn(reply)).toMatchObject(documented(400, 'malformed_json'))
  })

  test.for<[string, string]>([
    ['an array', '[]'],
    ['null', 'null'],
    ['a text', '"purchase"'],
    ['nested 8,000 arrays deep', '['.repeat(8_000) + ']'.repeat(8_000)],
    ['nested 2,000 objects deep', '{"a":'.repeat(2_000) + '1' + '}'.repeat(2_000)],
  ])('%s has no valid field', async ([, body]) => {
    expect(problemIn(await send({ body }))).toMatchObject(documented(422, 'fields_invalid'))
  })

  test.for([17 * 1024, 1024 * 1024])('%i bytes are too many', async (bytes) => {
    const body = JSON.stringify({ ...aPurchase(card.token), filler: 'x'.repeat(bytes) })
    expect(problemIn(await send({ body }))).toMatchObject(documented(413, 'body_too_large'))
  })
})

/** None of these is `application/json`, though parsers have taken such for it (CVE-2025-32442 and its successors). */
const WRONG_CONTENT_TYPES = [
  'text/plain',
  'text/plain; application/json',
  'text/plain;a=application/json',
  'text/json',
  'application/jsonp',
  'application/json5',
  'application/jsonx; charset=utf-8',
  'application/x-json',
  'application/json-patch+json',
  'application/problem+json',
  'application/ld+json',
  'application/vnd.api+json',
  'application/json/x',
  'application/json application/xml',
  'application/json,text/plain',
  'application/xml',
  'application/x-www-form-urlencoded',
  'application/octet-stream',
  'application/*',
  '*/*',
  'multipart/form-data; boundary=x',
  'multipart/form-data; boundary=application/json',
  'xapplication/json',
  'application',
  'json',
  '/json',
  'application/',
  '"application/json"',
  'application/ json',
  'application /json',
  'application;/json',
  'charset=utf-8; application/json',
]

/** Ways of writing the one right type. The body behind each is read and refused like any other. */
const RIGHT_CONTENT_TYPES = [
  'application/json',
  'APPLICATION/JSON',
  'application/json; charset=utf-8',
  'application/json;charset=utf-8',
  'application/json ; charset=utf-8',
  ' application/json',
  'application/json\t; charset=utf-8',
]

describe('the content type', () => {
  test.for(WRONG_CONTENT_TYPES)('%j is not supported', async (contentType) => {
    const reply = await send({ headers: { 'content-type': contentType } })
    expect(problemIn(reply)).toMatchObject(documented(415, 'content_type_not_supported'))
  })

  test.for(RIGHT_CONTENT_TYPES)('%j does not lead around the checks', async (contentType) => {
    const body = JSON.stringify({ ...aPurchase(card.token), tip: '1.00' })
    const reply = await send({ body, headers: { 'content-type': contentType } })
    const wasRead = reply.status === 422
    expect(problemIn(reply)).toMatchObject(
      wasRead
        ? documented(422, 'fields_invalid', '/tip')
        : documented(415, 'content_type_not_supported'),
    )
  })
})

describe('the signature', () => {
  const clientWith = (options: Partial<Parameters<typeof createClient>[0]>) => {
    const { stack } = own()
    const key = signingKeyOf(stack.demoBank('halyk'))
    return createClient({ url: stack.demo.url, key, timeoutMs: 5_000, ...options })
  }
  const sendBy = async (client: ReturnType<typeof createClient>): Promise<Reply> => {
    const reply = await client.send({ method: 'POST', path: PATH, body: purchaseText() })
    await client.close()
    return reply
  }
  const halykKey = () => signingKeyOf(own().stack.demoBank('halyk'))
  const digestOf = (text: string) => `sha-256=:${hash('sha256', text, 'base64')}:`

  test('is required', async () => {
    const reply = await request(`${own().stack.demo.url}${PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: purchaseText(),
    })
    const body = await reply.body.text()
    expect(problemIn({ status: reply.statusCode, headers: reply.headers, body })).toMatchObject(
      documented(401, 'signature_missing'),
    )
  })

  test.for<[string, () => Readonly<Record<string, string>>]>([
    ['the digest is of another body', () => ({ 'content-digest': digestOf('{}') })],
    ['the digest is no digest', () => ({ 'content-digest': 'sha-256=:AAAA:' })],
    [
      'the digest is of a weak kind',
      () => ({ 'content-digest': 'md5=:AAAAAAAAAAAAAAAAAAAAAA==:' }),
    ],
    ['its bytes are others', () => ({ signature: `tolem=:${'A'.repeat(43)}=:` })],
    ['it is not a structured field', () => ({ signature: 'tolem' })],
    ['its parameters are changed', () => ({ 'signature-input': 'tolem=();created=1;keyid="k"' })],
  ])('is refused when %s', async ([, headers]) => {
    const reply = await send({ headers: headers() })
    expect(problemIn(reply)).toMatchObject(documented(401, 'signature_refused'))
  })

  test.for([
    ['ten minutes old', -600_000],
    ['61 seconds old', -62_000],
    ['61 seconds ahead', 62_000],
    ['ten minutes ahead', 600_000],
  ] as const)('is refused when it is %s', async ([, skewMs]) => {
    const reply = await sendBy(clientWith({ now: () => Date.now() + skewMs }))
    expect(problemIn(reply)).toMatchObject(documented(401, 'signature_refused'))
  })

  test('is refused when it was made with another key', async () => {
    const key = { ...halykKey(), secret: randomBytes(32).toString('base64') }
    const reply = await sendBy(clientWith({ key }))
    expect(problemIn(reply)).toMatchObject(documented(401, 'signature_refused'))
  })

  test('is refused when it names a key that nobody has', async () => {
    const reply = await sendBy(clientWith({ key: { ...halykKey(), keyId: 'halyk-1999' } }))
    expect(problemIn(reply)).toMatchObject(documented(401, 'signature_refused'))
  })

  test('is refused when it names the key of another bank', async () => {
    const { keyId } = own().stack.demoBank('rbk')
    const reply = await sendBy(clientWith({ key: { ...halykKey(), keyId } }))
    expect(problemIn(reply)).toMatchObject(documented(401, 'signature_refused'))
  })

  test('is taken once: the same one again is refused', async () => {
    const client = clientWith({ nonce: () => 'the-same-nonce-always' })
    const [first, second] = [
      await client.send({ method: 'POST', path: PATH, body: '{}' }),
      await client.send({ method: 'POST', path: PATH, body: purchaseText() }),
    ]
    await client.close()
    expect(problemIn(first)).toMatchObject(documented(422, 'fields_invalid'))
    expect(problemIn(second)).toMatchObject(documented(401, 'nonce_reused'))
  })
})

describe('the method', () => {
  test.for(['PUT', 'DELETE', 'PATCH', 'OPTIONS'] as const)(
    '%s is not taken where authorizations are posted and listed',
    async (method) => {
      const reply = await request(`${own().stack.demo.url}${PATH}`, { method })
      const body = await reply.body.text()
      expect(problemIn({ status: reply.statusCode, headers: reply.headers, body })).toMatchObject(
        documented(405, 'method_not_allowed'),
      )
      expect(reply.headers['allow']).toBe('GET, HEAD, POST')
    },
  )
})

test('the card used here pays, so nothing above was refused for another reason', async () => {
  const reply = await send({})
  expect(answerIn(reply).decision).toBe('approved')
  before = await takeStock()
})
