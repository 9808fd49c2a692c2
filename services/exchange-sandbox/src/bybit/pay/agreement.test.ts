import { verify } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { createManualClock } from '../../manual-clock.ts'
import { PAY, payment, REFUND, type Rig, refund, startSandbox } from '../../test-rig.ts'

const SIGN = '/v5/bybitpay/agreement/sign'
const QUERY = '/v5/bybitpay/agreement/query'
const UNSIGN = '/v5/bybitpay/agreement/unsign'
const NO = 'AGR202601070001'

type Received = { readonly headers: Record<string, unknown>; readonly body: string }

/** A merchant's own server: keeps what it is sent, and answers it as told. */
async function openMerchant() {
  const received: Received[] = []
  const waiting: (() => void)[] = []
  let answer: [number, string] = [200, 'success']
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
      response.writeHead(answer[0]).end(answer[1])
      for (const wake of waiting.splice(0)) wake()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    received,
    url: `http://127.0.0.1:${port}/notify`,
    answerWith: (...next: [number, string]) => void (answer = next),
    /** Resolves with the notice of this index. */
    notice: async (index: number) => {
      while (received.length <= index) await new Promise<void>((wake) => waiting.push(wake))
      const { headers, body } = received[index] ?? { headers: {}, body: '{}' }
      return { headers, body, read: JSON.parse(body) }
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function offer(more: Record<string, unknown> = {}) {
  return {
    merchant_id: 'M1',
    agreement_type: 'NON_CYCLE',
    scene_code: 'OTHERS',
    product_code: 'PROD_001',
    external_agreement_no: 'E1',
    notify_url: 'https://merchant.example/notify',
    single_limit: { amount: '5000000', currency: 'USDT', currency_type: 'CRYPTO', chain: 'TRC20' },
    period_limits: [
      { period_type: 'DAY', amount: '8000000', currency: 'USDT', currency_type: 'CRYPTO' },
    ],
    ...more,
  }
}

async function open(more: Record<string, unknown> = {}) {
  const clock = createManualClock()
  const rig = await startSandbox({ SANDBOX_BYBIT_SIGN_PER_MINUTE: 100 }, clock)
  const offered = await rig.bybit('POST', SIGN, offer(more))
  return { ...rig, clock, offered }
}

async function query(rig: Rig) {
  const asked = { merchant_id: 'M1', external_agreement_no: 'E1' }
  return (await rig.bybit('GET', QUERY, asked)).body['result'] ?? {}
}

function pay(rig: Rig, outTradeNo: string, total: string, more: Record<string, unknown> = {}) {
  return rig.bybit('POST', PAY, payment(outTradeNo, total, { agreement_no: NO, ...more }))
}

function signed(rig: Rig, more: Record<string, unknown> = {}) {
  const body = { userId: 'U1', balances: { USDT: '100' }, ...more }
  return rig.control('POST', `/control/agreements/${NO}/sign`, body)
}

test('an agreement is offered with the documented fields, and a repeat gets the first result', async () => {
  await using rig = await open()
  expect(rig.offered.body).toEqual({
    retCode: 20000,
    retMsg: 'Success',
    result: {
      sign_order_id: NO,
      sign_url: expect.stringMatching(
        new RegExp(`^${rig.url}/bybitpay/sign\\?token=[0-9a-f]{32}$`),
      ),
      qr_code: rig.offered.body['result']?.['sign_url'],
      qr_code_url: `${rig.url}/bybitpay/qr/${NO}.png`,
      expire_time: '2026-01-07T11:00:00Z',
    },
  })
  expect((await rig.bybit('POST', SIGN, offer())).body).toEqual(rig.offered.body)
  const other = await rig.bybit('POST', SIGN, offer({ agreement_type: 'CYCLE' }))
  expect(other.body['retCode']).toBe(40004)
  expect(await query(rig)).toMatchObject({ agreement_no: NO, status: 'INIT' })
  const fault = { exchange: 'bybit', operation: 'mandate', wallet: 'E1', kind: 'duplicate_code' }
  await rig.control('PUT', '/control/faults', fault)
  expect((await rig.bybit('POST', SIGN, offer())).body['retCode']).toBe(40001)
})

test('a signed agreement pays up to its limits, and the query says what is used', async () => {
  await using rig = await open()
  expect((await pay(rig, 'o0', '1')).body['retCode']).toBe(139001001)
  await signed(rig)
  expect((await pay(rig, 'o1', '5000001')).body['retCode']).toBe(139004005)
  expect((await pay(rig, 'o1', '5000000')).body['retCode']).toBe(20000)
  expect((await pay(rig, 'o2', '3000001')).body['retCode']).toBe(139004006)
  await rig.bybit('POST', REFUND, refund('o1', 'r1', '1'))
  expect((await pay(rig, 'o2', '3000001')).body['retCode']).toBe(20000)
  expect(await query(rig)).toEqual({
    agreement_no: NO,
    external_agreement_no: 'E1',
    user_id: 'U1',
    status: 'SIGNED',
    sign_time: '2026-01-07T10:30:00Z',
    single_limit: offer().single_limit,
    period_limits: offer().period_limits,
    used_quota: {
      day_used: '8000000',
      month_used: '8000000',
      currency: 'USDT',
      currency_type: 'CRYPTO',
    },
  })
  rig.clock.jump(86_400_000)
  expect((await pay(rig, 'o3', '1')).body['retCode']).toBe(20000)
})

test('nobody signs under a name that a database could not keep', async () => {
  await using rig = await open()
  expect((await signed(rig, { userId: 'U\u0000' })).status).toBe(400)
  expect(await query(rig)).toMatchObject({ status: 'INIT' })
})

test('an offer times out in silence, and one that was refused cannot be signed', async () => {
  await using rig = await open({ sign_expire_minutes: 5 })
  rig.clock.jump(300_000)
  expect(await query(rig)).toMatchObject({ status: 'TIMEOUT' })
  expect((await signed(rig)).status).toBe(409)
  await using another = await open()
  expect((await another.control('POST', '/control/agreements/E1/refuse')).status).toBe(200)
  expect(await query(another)).toMatchObject({ status: 'FAILED' })
  expect((await signed(another)).status).toBe(409)
  expect((await another.control('POST', '/control/agreements/E9/sign')).status).toBe(404)
})

test('an unsigned agreement pays no more, and what was paid can be refunded', async () => {
  await using rig = await open()
  await signed(rig)
  await pay(rig, 'o1', '1000')
  const asked = { merchant_id: 'M1', user_id: 'U1', agreement_type: 'NON_CYCLE', agreement_no: NO }
  const wrong = await rig.bybit('POST', UNSIGN, { ...asked, user_id: 'U2' })
  expect(wrong.body['retCode']).toBe(139001011)
  expect((await rig.bybit('POST', UNSIGN, asked)).body['result']).toEqual({
    agreement_no: NO,
    status: 'UNSIGNED',
    unsign_time: '2026-01-07T10:30:00Z',
  })
  expect((await rig.bybit('POST', UNSIGN, asked)).body['retCode']).toBe(40004)
  expect((await rig.bybit('POST', UNSIGN, { ...asked, agreement_no: 'A9' })).body['retCode']).toBe(
    40003,
  )
  expect((await pay(rig, 'o2', '1')).body['retCode']).toBe(139001003)
  const back = await rig.bybit('POST', REFUND, refund('o1', 'r1', '1000'))
  expect(back.body['result']).toMatchObject({ status: 'SUCCESS' })
})

test('a SINGLE agreement is over with its first payment, and a validity with its end', async () => {
  const more = { agreement_type: 'SINGLE', period_limits: [] }
  await using rig = await open(more)
  await signed(rig)
  await pay(rig, 'o1', '1', more)
  expect(await query(rig)).toMatchObject({ status: 'UNSIGNED' })
  await using another = await open({ sign_valid_time: '2026-01-08T10:30:00Z' })
  await signed(another)
  another.clock.jump(86_400_000)
  expect(await query(another)).toMatchObject({ status: 'EXPIRED' })
  expect((await pay(another, 'o1', '1')).body['retCode']).toBe(139001002)
})

test.each([
  ['no product code', { product_code: '' }],
  ['an unknown scene', { scene_code: 'SHOES' }],
  ['a validity of less than a day', { sign_valid_time: '2026-01-08T10:29:59Z' }],
  ['a link that lasts for more than a day', { sign_expire_minutes: 1_441 }],
  ['a limit under the wrong name', { single_limit: { total: '1', currency: 'USDT' } }],
])('refuses an offer with %s', async (_what, more) => {
  await using rig = await open(more)
  expect(rig.offered.body).toMatchObject({ retCode: 40000, result: null })
})

test('the page signs, refuses and ends by its buttons, without a script', async () => {
  await using rig = await open({ merchant_user_id: '<b>', return_url: 'https://merchant.example/' })
  const path = String(rig.offered.text.match(/\/bybitpay\/sign\?token=\w+/)?.[0])
  const page = await rig.call('GET', path)
  expect(page.headers.get('content-type')).toContain('text/html')
  expect(page.text).toContain('value="sign"')
  expect(page.text).toContain('value="refuse"')
  expect(page.text).toContain('5 USDT at once, 8 USDT a day')
  const press = (answer: string) =>
    rig.call('POST', path, {
      body: `answer=${answer}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
  expect((await press('sign')).text).toContain('<dd id="status">SIGNED</dd>')
  expect((await press('refuse')).text).toContain('<dd id="status">SIGNED</dd>')
  expect((await press('unsign')).text).toContain('<dd id="status">UNSIGNED</dd>')
  expect((await rig.call('GET', '/bybitpay/sign?token=x')).status).toBe(404)
})

test('merchants hear of agreements and payments, signed by the key that control shows', async () => {
  await using merchant = await openMerchant()
  await using rig = await open({ notify_url: merchant.url })
  await signed(rig)
  rig.clock.advance(0)
  const first = await merchant.notice(0)
  expect(first.read).toMatchObject({
    notifyType: 'AGREEMENT_STATUS',
    notifyTime: '2026-01-07T18:30:00+08:00',
    merchantId: 'M1',
    data: {
      agreementNo: NO,
      externalAgreementNo: 'E1',
      eventType: 'SIGNED',
      status: 'SIGNED',
      userId: 'U1',
      signTime: '2026-01-07 18:30:00',
    },
  })
  const { body } = await rig.control('GET', '/control/keys')
  const pem = body['keys']?.['bybit-pay']?.['publicKeyPem'] as unknown as string
  const { headers } = first
  expect(headers['x-sign-type']).toBe('RSA2')
  expect(headers['x-nonce']).toMatch(/^[1-9]\d{4}$/)
  const content = `${String(headers['x-timestamp'])}${String(headers['x-nonce'])}${first.body}`
  const signature = Buffer.from(String(headers['x-signature']), 'base64')
  expect(verify('sha256', Buffer.from(content), pem, signature)).toBe(true)

  await pay(rig, 'o1', '200000000', { notify_url: merchant.url })
  await pay(rig, 'o2', '1000', { notify_url: merchant.url })
  await rig.bybit('POST', REFUND, { ...refund('o2', 'r1', '10'), notify_url: merchant.url })
  rig.clock.advance(0)
  await merchant.notice(2)
  const data = merchant.received.slice(1).map((each) => JSON.parse(each.body).data)
  expect(data).toContainEqual(
    expect.objectContaining({ outTradeNo: 'o2', eventType: 'PAY', status: 'SUCCESS' }),
  )
  expect(data).toContainEqual(
    expect.objectContaining({ outRefundNo: 'r1', refund_amount: expect.anything() }),
  )
})

test('an agreement is signed by the exchange’s clock, and told of at once though it is behind', async () => {
  await using merchant = await openMerchant()
  await using rig = await open({ notify_url: merchant.url })
  const drift = { exchange: 'bybit', operation: 'prices', kind: 'clock_drift', delayMs: -60_000 }
  await rig.control('PUT', '/control/faults', drift)
  await signed(rig)
  rig.clock.advance(0)
  const { data } = (await merchant.notice(0)).read
  expect(data).toMatchObject({ status: 'SIGNED', signTime: '2026-01-07 18:29:00' })
})

test('a notice comes again after 15 s, 30 s, 1, 5 and 30 minutes until the merchant says success', async () => {
  await using merchant = await openMerchant()
  await using rig = await open({ notify_url: merchant.url })
  merchant.answerWith(200, 'later')
  await signed(rig)
  for (const [index, waitMs] of [0, 15_000, 30_000, 60_000, 300_000].entries()) {
    const isRescheduled = rig.clock.timersSet(1)
    rig.clock.advance(waitMs)
    await merchant.notice(index)
    await isRescheduled
  }
  merchant.answerWith(200, 'SUCCESS')
  rig.clock.advance(1_799_999)
  expect(merchant.received).toHaveLength(5)
  rig.clock.advance(1)
  await merchant.notice(5)
  const notices = async () => (await rig.control('GET', '/control/notices')).body['notices']?.['0']
  while (JSON.stringify((await notices())?.['state']) !== '"taken"');
  expect(await notices()).toMatchObject({ attempts: 6, wallet: 'E1' })
  expect(new Set(merchant.received.map(({ body }) => body)).size).toBe(1)
  expect(new Set(merchant.received.map(({ headers }) => headers['x-signature'])).size).toBe(6)
})

test('notices come twice, late, forged or not at all on demand', async () => {
  await using merchant = await openMerchant()
  await using rig = await open({ notify_url: merchant.url })
  const lay = (kind: string) =>
    rig.control('PUT', '/control/faults', {
      exchange: 'bybit',
      operation: 'notice',
      wallet: NO,
      kind,
      times: 1,
      delayMs: 5_000,
    })
  const paid = async (outTradeNo: string, kind: string) => {
    await lay(kind)
    await pay(rig, outTradeNo, '1', { notify_url: merchant.url })
  }
  await signed(rig)
  rig.clock.advance(0)
  await merchant.notice(0)
  await paid('o1', 'notice_twice')
  rig.clock.advance(0)
  await merchant.notice(2)
  expect(merchant.received[1]?.body).toBe(merchant.received[2]?.body)
  await paid('o2', 'no_notice')
  await paid('o3', 'notice_late')
  rig.clock.advance(4_999)
  expect(merchant.received).toHaveLength(3)
  rig.clock.advance(1)
  expect((await merchant.notice(3)).read.data.outTradeNo).toBe('o3')
  await paid('o4', 'notice_bad_signature')
  rig.clock.advance(0)
  const { headers, body } = await merchant.notice(4)
  const keys = (await rig.control('GET', '/control/keys')).body['keys']
  const pem = keys?.['bybit-pay']?.['publicKeyPem'] as unknown as string
  const content = `${String(headers['x-timestamp'])}${String(headers['x-nonce'])}${body}`
  const signature = Buffer.from(String(headers['x-signature']), 'base64')
  expect(verify('sha256', Buffer.from(content), pem, signature)).toBe(false)
})
