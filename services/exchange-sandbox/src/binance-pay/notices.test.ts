import { verify } from 'node:crypto'
import { expect, test } from 'vitest'
import { certificateSerial } from './notice-dialect.ts'
import {
  APPLY,
  CONTRACT_ID,
  debit,
  ORDER_QUERY,
  openContract,
  openReceiver,
  type PayRig,
  REFUND,
  type Received,
  startPay,
  TERMINATION,
  word,
} from './test-pay.ts'

async function openPay(url: string, config = {}) {
  const rig = await startPay(config)
  await rig.control('PUT', '/control/binance-pay/notice-url', { url })
  await openContract(rig)
  return rig
}

/** Lets the courier's timers run until the receiver has one more. */
async function nextOf(rig: PayRig, receiver: { next(): Promise<Received> }): Promise<Received> {
  rig.clock.advance(0)
  return receiver.next()
}

async function certificateOf(rig: PayRig) {
  const { body } = await rig.pay('/certificates', {})
  const certificate = body['data']?.['0']
  return { serial: word(certificate?.['certSerial']), pem: word(certificate?.['certPublic']) }
}

function isAuthentic({ headers, text }: Received, pem: string): boolean {
  const read = (name: string) => word(headers[`binancepay-${name}`])
  const payload = Buffer.from(`${read('timestamp')}\n${read('nonce')}\n${text}\n`)
  return verify('sha256', payload, pem, Buffer.from(read('signature'), 'base64'))
}

test('a paid order is told of, signed by the key that /certificates shows', async () => {
  await using receiver = await openReceiver()
  await using rig = await openPay(receiver.url)
  await rig.pay(APPLY, debit('r1', '1.5'))
  const notice = await nextOf(rig, receiver)
  const { serial, pem } = await certificateOf(rig)
  expect(notice.headers['binancepay-certificate-sn']).toBe(serial)
  expect(certificateSerial(pem)).toBe(serial)
  expect(word(notice.headers['binancepay-nonce'])).toMatch(/^[a-zA-Z0-9]{32}$/)
  expect(isAuthentic(notice, pem)).toBe(true)
  expect(notice.text).toContain('"bizId":383729303000000001,"bizStatus":"PAY_SUCCESS"}')
  expect(notice.body).toMatchObject({ bizType: 'PAY', bizIdStr: '383729303000000001' })
  expect(notice.body['data']).toContain('"totalFee":1.50000000,')
  expect(JSON.parse(notice.body['data'] ?? '')).toMatchObject({ merchantTradeNo: 'r1' })
})

test('a contract that the user ends is told of; one that the merchant ends is not', async () => {
  await using receiver = await openReceiver()
  await using rig = await openPay(receiver.url)
  await rig.pay(TERMINATION, { contractId: CONTRACT_ID })
  await rig.control('PUT', '/control/wallets/binance/205638372306478000', {
    kind: 'contract',
    merchantContractCode: 'c2',
    currency: 'USDC',
    singleUpperLimit: '50',
    balances: {},
  })
  await rig.control('POST', '/control/contracts/c2/terminate')
  const notice = await nextOf(rig, receiver)
  expect(notice.body).toMatchObject({
    bizType: 'DIRECT_DEBIT_CT',
    bizIdStr: '205638372306478000',
    bizStatus: 'CONTRACT_TERMINATED',
  })
  expect(notice.body['data']).toContain('"contractId":205638372306478000,')
  expect(notice.body['data']).toContain('"singleUpperLimit":50.00000000,')
  expect(receiver.waiting).toEqual([])
})

test('a contract that time ends is told of once', async () => {
  await using receiver = await openReceiver()
  await using rig = await openPay(receiver.url)
  rig.clock.jump(1_095 * 86_400_000)
  rig.clock.advance(2_000)
  await until(async () => (await stateOf(rig)) !== undefined)
  const notice = await nextOf(rig, receiver)
  expect(JSON.parse(notice.body['data'] ?? '')).toMatchObject({ contractTerminationWay: 1 })
  rig.clock.advance(2_000)
  expect((await rig.control('GET', '/control/notices')).body['notices']).toHaveLength(1)
})

test('an order names an address of its own, and a refund tells of itself', async () => {
  await using portal = await openReceiver()
  await using own = await openReceiver()
  await using rig = await openPay(portal.url)
  const applied = await rig.pay(APPLY, debit('r1', '10', { webhookUrl: own.url }))
  await nextOf(rig, own)
  const prepayId = word(applied.body['data']?.['prepayId'])
  await rig.pay(REFUND, { refundRequestId: 'f1', prepayId, refundAmount: 4 })
  const notice = await nextOf(rig, own)
  expect(notice.body).toMatchObject({ bizType: 'PAY_REFUND', bizStatus: 'REFUND_SUCCESS' })
  expect(JSON.parse(notice.body['data'] ?? '')).toMatchObject({
    merchantTradeNo: 'r1',
    refundInfo: { refundRequestId: 'f1', refundAmount: '4', remainingAttempts: 9 },
  })
  expect(portal.waiting).toEqual([])
})

const drift = (delayMs: number) => {
  return { exchange: 'binance', operation: 'prices', kind: 'clock_drift', delayMs }
}

test.each([-500, 500])(
  'of an order in progress is told when it is done, by a clock that is %i ms wrong',
  async (driftMs) => {
    await using receiver = await openReceiver()
    await using rig = await openPay(receiver.url)
    await rig.control('PUT', '/control/faults', drift(driftMs))
    const pending = { exchange: 'binance', operation: 'debit', kind: 'pending', delayMs: 2_000 }
    await rig.control('PUT', '/control/faults', pending)
    await rig.pay(APPLY, debit('r1', '1'))
    const doneAt = new Date(rig.clock.now() + driftMs + 2_000).toISOString()
    expect(await stateOf(rig)).toMatchObject({ state: 'waiting', dueAt: doneAt })
    rig.clock.advance(2_000)
    expect((await receiver.next()).body['bizStatus']).toBe('PAY_SUCCESS')
  },
)

test("an exchange's clock that is ahead delays no notice", async () => {
  await using receiver = await openReceiver()
  await using rig = await openPay(receiver.url)
  await rig.control('PUT', '/control/faults', drift(3_600_000))
  await rig.control('POST', '/control/contracts/c1/terminate')
  expect((await nextOf(rig, receiver)).body['bizStatus']).toBe('CONTRACT_TERMINATED')
})

test('a notice that is not taken comes six times', async () => {
  await using receiver = await openReceiver({ returnCode: 'FAIL', returnMessage: 'later' })
  await using rig = await openPay(receiver.url)
  await rig.pay(APPLY, debit('r1', '1'))
  const nonces = new Set<unknown>()
  for (let attempt = 1; attempt <= 6; attempt++) {
    nonces.add((await nextOf(rig, receiver)).headers['binancepay-nonce'])
    await until(async () => (await stateOf(rig))?.attempts === attempt)
    rig.clock.advance(3_600_000)
  }
  expect(nonces.size).toBe(6)
  expect(await stateOf(rig)).toMatchObject({ state: 'given_up', attempts: 6 })
})

test.each([
  ['no_notice', [], 'suppressed'],
  ['notice_bad_signature', [false, true], 'taken'],
  ['notice_twice', [true, true], 'taken'],
] as const)('%s', async (kind, authentic, state) => {
  await using receiver = await openReceiver(
    kind === 'notice_bad_signature' ? { returnCode: 'FAIL' } : undefined,
  )
  await using rig = await openPay(receiver.url)
  const fault = { exchange: 'binance', operation: 'notice', kind, wallet: CONTRACT_ID, times: 1 }
  await rig.control('PUT', '/control/faults', fault)
  await rig.pay(APPLY, debit('r1', '1'))
  const { pem } = await certificateOf(rig)
  for (const isGood of authentic) {
    expect(isAuthentic(await nextOf(rig, receiver), pem)).toBe(isGood)
    if (kind === 'notice_bad_signature') {
      await until(async () => (await stateOf(rig))?.attempts !== 0)
      rig.clock.advance(15_000)
    }
  }
  if (state === 'suppressed') expect(await stateOf(rig)).toMatchObject({ state })
  expect((await rig.pay(ORDER_QUERY, { merchantTradeNo: 'r1' })).body['data']?.['status']).toBe(
    'PAID',
  )
})

test('nothing is sent to an address outside this machine', async () => {
  await using rig = await openPay('https://merchant.example/notices')
  await rig.pay(APPLY, debit('r1', '1'))
  expect((await rig.control('GET', '/control/notices')).body['notices']).toEqual([])
})

async function stateOf(rig: PayRig) {
  const { notices } = (await rig.control('GET', '/control/notices')).body as unknown as {
    notices: { state: string; attempts: number }[]
  }
  return notices[0]
}

/** The answer to a notice is on its way back: asks until it has arrived. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds()));
}
