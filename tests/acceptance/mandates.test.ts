import { generateKeyPairSync, sign as signRsa } from 'node:crypto'
import { expect, test } from 'vitest'
import { aMandateBody, askForMandate, linkByMandate, putBareCard } from '../support/mandates.ts'
import { aPurchase, aReversal } from '../support/messages.ts'
import { ownHouse } from '../support/own-house.ts'
import { decide, decided } from '../support/stack.ts'

// A house of its own, which looks at signed mandates every second instead of every hour.
const own = ownHouse(async () => ({ MANDATE_SIGNED_POLL_MS: '1000' }))

const pay = async (token: string) =>
  (await decide(own().stack.bank(), aPurchase(token, { amount: '1000.00' }))).answer

async function declinesFrom(token: string): Promise<void> {
  await expect
    .poll(() => pay(token), { timeout: 20_000, interval: 200 })
    .toMatchObject({ decision: 'declined', reason: 'wallet_not_linked', responseCode: '78' })
}

test('a card is linked by a mandate: asked for, signed at the exchange, and the next purchase is paid', async () => {
  const { stack } = own()
  const card = await askForMandate(stack)
  expect(await pay(card.token)).toMatchObject({ reason: 'wallet_not_linked' })
  await stack.sandbox.press(card.link, 'sign')
  await card.becomes({ status: 'signed' })
  const { walletLink } = decided(await stack.bank().findCard(card.token))
  const { agreementNo, status } = await card.agreement()
  expect(status).toBe('SIGNED')
  expect(walletLink).toMatchObject({ walletId: agreementNo, rail: 'bybit-pay', assets: ['USDT'] })
  expect(await pay(card.token)).toMatchObject({
    decision: 'approved',
    funding: [{ exchange: 'bybit', asset: 'USDT' }],
  })
})

test('twenty copies of one request make one mandate, answered each time as it stands', async () => {
  const { stack } = own()
  const token = await putBareCard(stack)
  const before = (await stack.sandbox.agreements()).length
  const body = aMandateBody({ singleLimit: { value: '50.00', asset: 'USDT' } })
  const asked = () => stack.bank().requestMandate(token, body)
  const all = await Promise.all(Array.from({ length: 20 }, asked))
  const ids = new Set(all.map((result) => decided(result).mandateId))
  expect(ids.size).toBe(1)
  await expect
    .poll(async () => decided(await asked()), { timeout: 20_000 })
    .toMatchObject({
      status: 'offered',
      singleLimit: { value: '50.00000000', asset: 'USDT' },
      expiresAt: expect.any(String),
    })
  expect((await stack.sandbox.agreements()).length).toBe(before + 1)
  const other = await stack.bank().requestMandate(token, { ...body, assets: ['USDT', 'BTC'] })
  expect(other).toMatchObject({
    kind: 'problem',
    status: 422,
    problem: { type: '/problems/mandate_request_reused', responseCode: '12' },
  })
})

test('what the cardholder refuses links nothing', async () => {
  const { stack } = own()
  const card = await askForMandate(stack)
  await stack.sandbox.press(card.link, 'refuse')
  await card.becomes({ status: 'refused', reason: 'refused_at_exchange' })
  expect(await card.read()).not.toHaveProperty('link')
  expect(await pay(card.token)).toMatchObject({ reason: 'wallet_not_linked' })
})

test('what the bank revokes pays no more at once, is ended at the exchange, and gives back what it took', async () => {
  const { stack } = own()
  const card = await linkByMandate(stack)
  const purchase = aPurchase(card.token, { amount: '1000.00' })
  expect((await decide(stack.bank(), purchase)).answer).toMatchObject({ decision: 'approved' })
  const { walletLink, version } = decided(await stack.bank().removeWalletLink(card.token))
  expect([walletLink, version]).toEqual([undefined, 3])
  expect(await pay(card.token)).toMatchObject({ reason: 'wallet_not_linked', responseCode: '78' })
  await card.becomes({ status: 'ended', reason: 'revoked_by_bank' })
  expect(await card.agreement()).toMatchObject({ status: 'UNSIGNED' })
  // The credit goes to the wallet of the debit, although no card has it any more.
  decided(await stack.bank().reverse(aReversal(purchase)))
  const { agreementNo } = await card.agreement()
  await expect
    .poll(() => stack.sandbox.movements(agreementNo), { timeout: 30_000 })
    .toMatchObject([{ kind: 'debit' }, { kind: 'credit' }])
  expect(decided(await stack.bank().removeWalletLink(card.token))).toMatchObject({ version: 3 })
})

test('what the cardholder ends at the exchange pays no more', async () => {
  const { stack } = own()
  const card = await linkByMandate(stack)
  expect(await pay(card.token)).toMatchObject({ decision: 'approved' })
  await stack.sandbox.press(card.link, 'unsign')
  await card.becomes({ status: 'ended', reason: 'ended_at_exchange' })
  await declinesFrom(card.token)
})

test('what the cardholder ends and no notice tells of is found all the same', async () => {
  const { stack } = own()
  const card = await linkByMandate(stack)
  const { externalAgreementNo: wallet } = await card.agreement()
  const fault = { exchange: 'bybit', operation: 'notice', kind: 'no_notice', wallet } as const
  await stack.sandbox.layFault(fault)
  await stack.sandbox.press(card.link, 'unsign')
  await card.becomes({ status: 'ended', reason: 'ended_at_exchange' })
  const sent = (await stack.sandbox.notices()).filter((one) => one.wallet === wallet)
  expect(sent.at(-1)).toMatchObject({ state: 'suppressed', attempts: 0 })
  await declinesFrom(card.token)
})

test.for(['notice_twice', 'notice_bad_signature', 'no_notice'] as const)(
  'with %s the mandate is signed all the same',
  async (kind) => {
    const { stack } = own()
    const card = await askForMandate(stack)
    const { externalAgreementNo: wallet } = await card.agreement()
    await stack.sandbox.layFault({ exchange: 'bybit', operation: 'notice', kind, wallet, times: 1 })
    await stack.sandbox.press(card.link, 'sign')
    await card.becomes({ status: 'signed' })
    expect(await pay(card.token)).toMatchObject({ decision: 'approved' })
  },
)

test('a notice signed by anybody else is refused without a word', async () => {
  const { stack } = own()
  const card = await linkByMandate(stack)
  const { externalAgreementNo } = await card.agreement()
  const ours = async () =>
    (await stack.sandbox.notices()).find(
      ({ wallet, state }) => wallet === externalAgreementNo && state === 'taken',
    )
  await expect.poll(ours, { timeout: 20_000 }).toBeDefined()
  const notice = (await ours()) ?? expect.unreachable()
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 })
  const body = JSON.stringify(notice.body)
  const timestamp = String(Date.now())
  const signature = signRsa('sha256', Buffer.from(`${timestamp}12345${body}`), privateKey)
  const forged = await fetch(notice.url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-timestamp': timestamp,
      'x-nonce': '12345',
      'x-signature': signature.toString('base64'),
      'x-sign-type': 'RSA2',
    },
    body,
  })
  expect([forged.status, await forged.text()]).toEqual([401, ''])
  expect(await card.read()).toMatchObject({ status: 'signed' })
  expect(await pay(card.token)).toMatchObject({ decision: 'approved' })
})

test('an exchange that is silent when asked gets the same request again, and one agreement comes of it', async () => {
  const { stack } = own()
  const token = await putBareCard(stack)
  const before = (await stack.sandbox.agreements()).length
  const fault = { exchange: 'bybit', operation: 'mandate', times: 1 } as const
  await stack.sandbox.layFault({ ...fault, kind: 'timeout_before', delayMs: 3_000 })
  const client = stack.bank()
  const body = aMandateBody()
  const path = `/v1/cards/${token}/mandates`
  const reply = await client.send({ method: 'POST', path, body: JSON.stringify(body) })
  expect([reply.status, JSON.parse(reply.body).status]).toEqual([202, 'requested'])
  const { mandateId } = JSON.parse(reply.body)
  await expect
    .poll(async () => decided(await client.findMandate(token, mandateId)), { timeout: 30_000 })
    .toMatchObject({ status: 'offered', link: expect.any(String) })
  expect((await stack.sandbox.agreements()).length).toBe(before + 1)
})

test('a newer mandate takes the place of the older, which is unsigned at the exchange', async () => {
  const { stack } = own()
  const older = await linkByMandate(stack)
  const newer = await linkByMandate(stack, older.token)
  await older.becomes({ status: 'ended', reason: 'replaced' })
  expect(await older.agreement()).toMatchObject({ status: 'UNSIGNED' })
  const { walletLink } = decided(await stack.bank().findCard(older.token))
  expect(walletLink?.walletId).toBe((await newer.agreement()).agreementNo)
  expect(await pay(older.token)).toMatchObject({ decision: 'approved' })
})

test('no bank sees, asks for or revokes what is another’s', async () => {
  const { stack } = own()
  const card = await linkByMandate(stack)
  const stranger = stack.bank('forte')
  const refused = { kind: 'problem', status: 404 }
  expect(await stranger.findMandate(card.token, card.mandateId)).toMatchObject(refused)
  expect(await stranger.requestMandate(card.token, aMandateBody())).toMatchObject(refused)
  expect(await stranger.removeWalletLink(card.token)).toMatchObject(refused)
  const elsewhere = await putBareCard(stack)
  expect(await stack.bank().findMandate(elsewhere, card.mandateId)).toMatchObject(refused)
  expect(await card.read()).toMatchObject({ status: 'signed' })
  expect(await pay(card.token)).toMatchObject({ decision: 'approved' })
})

test('a mandate that the bank had signed elsewhere is ended too, and a mere sub-account is not', async () => {
  const { stack } = own()
  const sub = await stack.openCard({ exchange: 'binance' })
  expect(decided(await stack.bank().removeWalletLink(sub.token))).not.toHaveProperty('walletLink')
  expect(await pay(sub.token)).toMatchObject({ reason: 'wallet_not_linked' })
  const elsewhere = await stack.openCard({ exchange: 'bybit' })
  expect(await pay(elsewhere.token)).toMatchObject({ decision: 'approved' })
  decided(await stack.bank().removeWalletLink(elsewhere.token))
  const state = async () =>
    (await stack.sandbox.wallets()).find(({ wallet }) => wallet === elsewhere.wallet)
  await expect.poll(state, { timeout: 20_000 }).toMatchObject({ state: 'unsigned' })
})

test('a card that was linked to another card’s mandate leaves it in force', async () => {
  const { stack } = own()
  const signer = await linkByMandate(stack)
  const { walletLink } = decided(await stack.bank().findCard(signer.token))
  const other = await putBareCard(stack)
  decided(await stack.bank().putWalletLink(other, walletLink ?? expect.unreachable()))
  expect(await pay(other)).toMatchObject({ decision: 'approved' })
  decided(await stack.bank().removeWalletLink(other))
  expect(await pay(other)).toMatchObject({ reason: 'wallet_not_linked' })
  expect(await pay(signer.token)).toMatchObject({ decision: 'approved' })
})

test('no bank links a card to the wallet of another bank’s mandate', async () => {
  const { stack } = own()
  const signer = await linkByMandate(stack)
  const { walletLink = expect.unreachable() } = decided(await stack.bank().findCard(signer.token))
  const forte = stack.bank('forte')
  const other = await putBareCard(stack, 'forte')
  expect(await forte.putWalletLink(other, walletLink)).toMatchObject({
    kind: 'problem',
    status: 422,
    problem: { errors: [{ pointer: '/walletId' }] },
  })
})
