import { randomUUID } from 'node:crypto'
import { signingKeyOf } from '@tolem/client/demo-file'
import { createSigner } from '@tolem/signature/sign'
import { request } from 'undici'
import { expect, test } from 'vitest'
import { call, listAll, listPage, refused } from '../support/calls.ts'
import { aPurchase, aReversal } from '../support/messages.ts'
import { sharedStack } from '../support/shared-stack.ts'
import { approved, BANKS, decided, recordOf } from '../support/stack.ts'

const stack = sharedStack()

/** The ids of `count` small purchases, the latest first. */
async function buy(token: string, count: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let index = 0; index < count; index += 1) {
    const purchase = aPurchase(token, { amount: '100.00' })
    ids.unshift(approved(await stack.bank().authorize(purchase)).authorizationId)
  }
  return ids
}

test('pages are complete, in order and without repetition, whatever their size', async () => {
  const card = await stack.openCard()
  const ids = await buy(card.token, 5)
  for (const limit of [1, 2, 5, 200])
    expect(await listAll(stack.bank(), `cardToken=${card.token}&limit=${limit}`)).toEqual(ids)
})

test('pages stay what they are while purchases come in', async () => {
  const card = await stack.openCard()
  const ids = await buy(card.token, 4)
  const between = () => buy(card.token, 1)
  expect(await listAll(stack.bank(), `cardToken=${card.token}&limit=1`, between)).toEqual(ids)
  expect(await listAll(stack.bank(), `cardToken=${card.token}`)).toHaveLength(7)
})

test('a listed authorization says what its record says', async () => {
  const card = await stack.openCard()
  const [id = ''] = await buy(card.token, 1)
  decided(await stack.bank().reverse(aReversal(id)))
  const { authorizations } = await listPage(stack.bank(), `cardToken=${card.token}`)
  const record = await recordOf(stack.bank(), id)
  expect(record).toMatchObject(authorizations[0] ?? {})
  expect(record).toMatchObject({
    kind: 'authorization',
    final: false,
    billingAmount: { value: '100.00', currency: 'KZT' },
    approvedAmount: { value: '100.00', currency: 'KZT' },
    movements: [{ kind: 'debit', purpose: 'authorization' }, { kind: 'credit' }],
  })
})

test('filters leave out what they do not name', async () => {
  const card = await stack.openCard({ holds: '1' })
  const [approvedId = ''] = await buy(card.token, 1)
  const declined = decided(await stack.bank().authorize(aPurchase(card.token)))
  expect(declined.decision).toBe('declined')
  const listed = (filter: string) => listAll(stack.bank(), `cardToken=${card.token}&${filter}`)
  expect(await listed('state=approved')).toEqual([approvedId])
  expect(await listed('state=declined')).toEqual([declined.authorizationId])
  expect(await listed('kind=authorization')).toEqual([declined.authorizationId, approvedId])
  expect(await listed('kind=advice')).toEqual([])
  const { receivedAt } = await recordOf(stack.bank(), declined.authorizationId)
  expect(await listed(`from=${receivedAt}`)).toEqual([declined.authorizationId])
  expect(await listed(`to=${receivedAt}`)).toEqual([approvedId])
})

test('no bank sees another’s, by no filter and with no cursor', async () => {
  const card = await stack.openCard()
  const ids = await buy(card.token, 2)
  const { nextCursor } = await listPage(stack.bank(), `cardToken=${card.token}&limit=1`)
  for (const stranger of BANKS.filter((bank) => bank !== 'halyk')) {
    const client = stack.bank(stranger)
    expect(await listAll(client, `cardToken=${card.token}`)).toEqual([])
    for (const query of ['limit=200', `limit=200&cursor=${nextCursor}`]) {
      const { authorizations } = await listPage(client, query)
      const seen = authorizations.map(({ authorizationId }) => authorizationId)
      expect(seen.filter((id) => ids.includes(id))).toEqual([])
    }
  }
})

test.for([
  'limit=0',
  'limit=201',
  'state=gone',
  'cursor=x',
  'from=today',
  'bank=forte',
  'limit=1&limit=2',
])('refuses %s', async (query) => {
  expect(await refused(call(stack.bank(), `/v1/authorizations?${query}`))).toBe('fields_invalid')
})

test('a query that is not the one that was signed is refused', async () => {
  const { sign } = createSigner(signingKeyOf(stack.demoBank('halyk')))
  const url = `${stack.demo.url}/v1/authorizations?limit=1`
  const signed = sign({
    method: 'GET',
    url,
    body: Buffer.alloc(0),
    created: Math.floor(Date.now() / 1_000),
    nonce: randomUUID(),
  })
  const other = await request(url.replace('limit=1', 'limit=2'), { headers: { ...signed } })
  expect(other.statusCode).toBe(401)
  await other.body.dump()
})
