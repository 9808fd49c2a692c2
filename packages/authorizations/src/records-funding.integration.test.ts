import { type MovementReference, movementReference, uuidOf } from '@tolem/domain/ids'
import type { DebitResult } from '@tolem/domain/movement'
import { amountOf } from '@tolem/money/amount'
import type { CryptoAsset } from '@tolem/money/asset'
import type { Rate } from '@tolem/money/rate'
import { aCard, aNewAuthorization } from '@tolem/testing/builders'
import { aNewClearing, aNewRefund, aNewReversal } from '@tolem/testing/follow-ups'
import { expect, onTestFinished, test } from 'vitest'
import type { Intent, NewAuthorization } from './records/accept.ts'
import {
  approval,
  approvedBody,
  BREACHES,
  concludeWhole,
  declinedBody,
  type OpenedRecords,
} from './testing/opened-records.ts'
import {
  amountsOf,
  answerOf,
  BILLING,
  byId,
  creditsOf,
  makeDue,
  openWithCard,
  tenge,
  usageOf,
} from './testing/scenes.ts'

type Several = NewAuthorization & { readonly plan: Intent }

/** What each of three assets pays for, in tiyn, and what of it is taken. */
const PARTS: readonly (readonly [CryptoAsset, bigint, bigint, string])[] = [
  ['USDT', 400_001n, 856_240_700n, '471.829'],
  ['USDC', 449_999n, 963_000_100n, '471.5'],
  ['BTC', 400_000n, 10_200n, '39600000'],
]

/** Splits what an authorization asks for among three assets. */
function split(item: ReturnType<typeof aNewAuthorization>): Several {
  const [{ order, quote }] = item.plan.debits
  const debits = PARTS.map(([asset, billing, units, applied], index) => {
    const amount = amountOf(asset, units)
    const price = { fee: tenge(billing / 100n), spread: tenge(2_000n), applied: applied as Rate }
    const reference = movementReference(item.id, 'debit', index + 1)
    return {
      order: { ...order, reference, asset, amount },
      quote: { ...quote, ...price, asset, billing: tenge(billing), debit: amount },
    }
  })
  return { ...item, plan: { ...item.plan, debits: debits as unknown as Intent['debits'] } }
}

async function accepted(parts: Parameters<typeof aNewAuthorization>[0] = {}) {
  const opened = await openWithCard(onTestFinished)
  const item = split(aNewAuthorization(parts))
  expect(await opened.records.accept(item)).toMatchObject({ kind: 'accepted' })
  return { ...opened, item }
}

async function approved() {
  const opened = await accepted()
  expect(await opened.records.conclude(approval(opened.item))).toMatchObject({ state: 'approved' })
  return opened
}

const DEBITS = `
  SELECT reference, asset, amount, state, billing, fee, quote IS NOT NULL AS is_quoted, exchange_reference, detail
  FROM movement WHERE authorization_id = $1 AND kind = 'debit' ORDER BY reference`

type DebitRow = {
  readonly reference: MovementReference
  readonly asset: CryptoAsset
  readonly amount: string
  readonly state: string
  readonly billing: string
  readonly is_quoted: boolean
  readonly exchange_reference: string | null
}

function debitsOf({ ask }: OpenedRecords, { id }: Several) {
  return ask<DebitRow>(DEBITS, [uuidOf(id)])
}

function referencesOf({ plan }: Several): readonly MovementReference[] {
  return plan.debits.map(({ order }) => order.reference)
}

const DEBITED = { kind: 'debited', exchangeReference: 'x' } as const
const SHORT = { kind: 'rejected', reason: 'insufficient_funds', detail: 'too little' } as const
const SILENT = { kind: 'in_doubt', detail: 'silence' } as const

/** Concludes a decline after these results. */
function decline({ records }: OpenedRecords, item: Several, results: readonly DebitResult[]) {
  const reason = 'insufficient_funds'
  return records.conclude({
    id: item.id,
    debits: referencesOf(item).map((reference, index) => ({
      reference,
      result: results[index] ?? SILENT,
    })),
    decision: { kind: 'decline', reason, body: declinedBody(item.id, reason) },
  })
}

test('ACCEPT intends every debit with its own part and quote, and counts the billing once', async () => {
  const opened = await accepted()
  const { item, ask } = opened
  expect(await debitsOf(opened, item)).toEqual(
    PARTS.map(([asset, billing, units], index) => ({
      reference: referencesOf(item)[index],
      asset,
      amount: String(units),
      state: 'intended',
      billing: String(billing),
      fee: String(billing / 100n),
      is_quoted: index > 0,
      exchange_reference: null,
      detail: null,
    })),
  )
  expect(await usageOf(opened)).toEqual({ day_amount: String(BILLING), day_count: 1 })
  const [stored] = await ask<{ quote: string }>('SELECT quote FROM "authorization"')
  expect(JSON.parse(stored?.quote ?? '')).toMatchObject({ asset: 'USDT', billing: '400001' })
  expect(await ask(BREACHES)).toEqual([])
})

test('CONCLUDE approves all debits in one statement, with a journal each', async () => {
  const opened = await approved()
  const { item, ask, other } = opened
  expect((await debitsOf(opened, item)).map(({ state }) => state)).toEqual(
    Array(3).fill('executed'),
  )
  expect(await amountsOf(opened, item.id)).toMatchObject({ approved: String(BILLING) })
  const journals = await ask<{ journal_id: string }>(
    'SELECT DISTINCT journal_id FROM ledger_posting ORDER BY journal_id',
  )
  expect(journals.map(({ journal_id: id }) => id)).toEqual(
    referencesOf(item).map((reference) => `approval/${reference}`),
  )
  const body = approvedBody(item.id)
  expect(await other.accept({ ...item, receivedAt: item.receivedAt + 1 })).toEqual({
    kind: 'replay',
    body,
  })
  expect(await opened.records.conclude(approval(item))).toMatchObject({ body })
  expect(await ask(BREACHES)).toEqual([])
})

test.each<[string, readonly DebitResult[], readonly string[]]>([
  ['the last is refused', [DEBITED, DEBITED, SHORT], ['in_doubt', 'in_doubt', 'refused']],
  ['the first is refused', [SHORT, DEBITED, DEBITED], ['refused', 'in_doubt', 'in_doubt']],
  ['one is in doubt', [DEBITED, SILENT, SHORT], ['in_doubt', 'in_doubt', 'refused']],
  ['none happened', [SHORT, SHORT, SHORT], ['refused', 'refused', 'refused']],
])(
  'where %s, what was executed is left in doubt for settlement',
  async (_name, results, states) => {
    const opened = await accepted()
    const { item, postgres, ask } = opened
    const woken = Promise.withResolvers<void>()
    const listener = await postgres.listen(
      'movement_due',
      () => woken.resolve(),
      () => {},
    )
    onTestFinished(() => listener.close())
    expect(await decline(opened, item, results)).toMatchObject({ state: 'declined' })
    const debits = await debitsOf(opened, item)
    expect(debits.map(({ state }) => state)).toEqual(states)
    expect(debits.map((debit) => debit.exchange_reference)).toEqual(
      results.map((result) => (result.kind === 'debited' ? 'x' : null)),
    )
    if (states.includes('in_doubt')) await woken.promise
    expect(await usageOf(opened)).toEqual({ day_amount: '0', day_count: 0 })
    expect(await ask('SELECT FROM ledger_posting')).toEqual([])
  },
)

test('no approval is recorded of which a debit did not surely happen', async () => {
  const opened = await accepted()
  const conclusion = approval(opened.item)
  for (const result of [SHORT, SILENT]) {
    const [first, ...others] = conclusion.debits ?? []
    const debits = [...others, { reference: first?.reference ?? ('' as MovementReference), result }]
    await expect(opened.records.conclude({ ...conclusion, debits })).rejects.toThrow(/not every/)
  }
  expect(await amountsOf(opened, opened.item.id)).toMatchObject({ state: 'accepted' })
})

test('purchases of one debit and of several travel in one batch, each with its own', async () => {
  const opened = await openWithCard(onTestFinished)
  const { records, ask } = opened
  const tokens = Array.from({ length: 24 }, (_, index) => `ct_halyk_${1_000 + index}`)
  const items = tokens.map((token, index) => {
    const card = aCard({ token: token as ReturnType<typeof aCard>['token'] })
    const item = aNewAuthorization({ card })
    return index % 3 === 0 ? split(item) : item
  })
  for (const { plan } of items) await opened.putCard(plan.card)
  await Promise.all(items.map((item) => records.accept(item)))
  const concluded = await Promise.all(
    items.map((item, index) =>
      index % 6 === 0
        ? decline(opened, item, [DEBITED, SHORT, DEBITED])
        : records.conclude(approval(item)),
    ),
  )
  expect(concluded.map(({ state }) => state)).toEqual(
    items.map((_, index) => (index % 6 === 0 ? 'declined' : 'approved')),
  )
  const counts = await ask<{ state: string; count: string }>(
    'SELECT state, count(*) FROM movement GROUP BY state ORDER BY state',
  )
  expect(counts).toEqual([
    { state: 'executed', count: '28' },
    { state: 'in_doubt', count: '8' },
    { state: 'refused', count: '4' },
  ])
  expect(await ask(BREACHES)).toEqual([])
})

test('an approval that was overtaken leaves all its debits in doubt', async () => {
  const opened = await accepted()
  const { item, records, otherHolds } = opened
  await otherHolds.reverse(aNewReversal({ original: byId(item.id) }))
  expect(await concludeWhole(records, approval(item))).toMatchObject({ state: 'declined' })
  expect((await debitsOf(opened, item)).map(({ state }) => state)).toEqual(
    Array(3).fill('in_doubt'),
  )
})

test('a withdrawn approval credits every debit', async () => {
  const opened = await approved()
  const { item, records, ask } = opened
  const reason = 'deadline_exceeded'
  const body = declinedBody(item.id, reason)
  expect(await records.withdraw(item.id, { kind: 'decline', reason, body })).toBe(body)
  expect(await creditsOf(opened)).toEqual(
    PARTS.map(([, , units], index) => ({
      purpose: 'undo',
      amount: String(units),
      debit_reference: referencesOf(item)[index],
      reference: referencesOf(item)[index]?.replace('tmd', 'tmc'),
    })),
  )
  expect(await ask(BREACHES)).toEqual([])
})

test('a fall-back on several debits refuses the first, and lowers nothing that they all pay for', async () => {
  const opened = await openWithCard(onTestFinished)
  const { records, other, ask } = opened
  const item = aNewAuthorization()
  await records.accept(item)
  const { plan } = split(item)
  const debits = plan.debits.map(({ order, quote }, index) => {
    const reference = movementReference(item.id, 'debit', index + 2)
    return { order: { ...order, reference }, quote }
  })
  const several = { ...plan, debits: debits as unknown as Intent['debits'] }
  const refused = { reference: item.plan.debits[0].order.reference, detail: 'too little' }
  expect(await records.fallBack({ id: item.id, refused, plan: several })).toBe(true)
  // Its answer may be lost: asked again, it finds its own.
  expect(await other.fallBack({ id: item.id, refused, plan: several })).toBe(true)
  const states = (await debitsOf(opened, { ...item, plan: several })).map(({ state }) => state)
  expect(states).toEqual(['refused', 'intended', 'intended', 'intended'])
  expect(await usageOf(opened)).toEqual({ day_amount: String(BILLING), day_count: 1 })
  expect(
    await ask('SELECT billing_amount, requested_amount, cash_amount FROM "authorization"'),
  ).toEqual([{ billing_amount: String(BILLING), requested_amount: null, cash_amount: '0' }])
  expect(await records.conclude(approval({ ...item, plan: several }))).toMatchObject({
    state: 'approved',
  })
  expect(await ask(BREACHES)).toEqual([])
})

test('partial reversals go back over the debits from the last to the first, and add up to the unit', async () => {
  const opened = await approved()
  const { item, holds, ask } = opened
  const released = async (to: bigint | undefined) => {
    const replacement = to === undefined ? undefined : tenge(to)
    const reversal = aNewReversal({ original: byId(item.id), replacement })
    return answerOf(await holds.reverse(reversal))['released']
  }
  expect(await released(1_000_000n)).toBe('250000')
  expect((await creditsOf(opened)).map((credit) => credit.debit_reference)).toEqual([
    referencesOf(item)[2],
  ])
  expect(await released(333_333n)).toBe('666667')
  expect((await creditsOf(opened)).map((credit) => credit.debit_reference).toSorted()).toEqual(
    [0, 1, 2, 2].map((index) => referencesOf(item)[index]),
  )
  expect(await ask(BREACHES)).toEqual([])
  expect(await released(undefined)).toBe('333333')
  const back = new Map<string, bigint>()
  for (const { debit_reference: of, amount } of await creditsOf(opened))
    back.set(of, (back.get(of) ?? 0n) + BigInt(amount))
  expect(referencesOf(item).map((reference) => back.get(reference))).toEqual(
    PARTS.map(([, , units]) => units),
  )
  expect(await ask(BREACHES)).toEqual([])
})

test('a smaller presentment releases the last debits, and a refund credits the first ones', async () => {
  const opened = await approved()
  const { item, holds, ask } = opened
  const clearing = aNewClearing({ original: byId(item.id), amount: tenge(600_000n) })
  expect(answerOf(await holds.clear(clearing))).toMatchObject({ released: '650000' })
  const refund = aNewRefund({ original: byId(item.id), amount: tenge(450_000n) })
  expect(answerOf(await holds.refund(refund))['kind']).toBe('approved')
  const [first, second, third] = referencesOf(item)
  const credits = (await creditsOf(opened)).map(
    (credit) => `${credit.purpose} ${credit.debit_reference}`,
  )
  expect(credits.toSorted()).toEqual(
    [`refund ${first}`, `refund ${second}`, `release ${second}`, `release ${third}`].toSorted(),
  )
  expect(await ask(BREACHES)).toEqual([])
})

test('an expired hold gives every debit back', async () => {
  const opened = await approved()
  const { item, holds, ask } = opened
  await makeDue(opened, item.id)
  expect(await holds.expire(item.request.bank, item.id)).toBe('expired')
  expect((await creditsOf(opened)).map(({ amount }) => amount).toSorted()).toEqual(
    PARTS.map(([, , units]) => String(units)).toSorted(),
  )
  expect(await ask(BREACHES)).toEqual([])
})

/** Tenge for a coin: USDT is worth more than it was, BTC a little. */
const PRESENT: Partial<Record<string, Rate>> = {
  USDT: '480' as Rate,
  USDC: '480' as Rate,
  BTC: '40000000' as Rate,
}

test('a refund at the present rate goes back over all assets that paid, the last first', async () => {
  const opened = await approved()
  const { item, holds, ask } = opened
  await holds.clear(aNewClearing({ original: byId(item.id) }))
  const refund = async (tiyn: bigint, without?: CryptoAsset) =>
    answerOf(
      await holds.refund({
        ...aNewRefund({ original: byId(item.id), amount: tenge(tiyn) }, 'present'),
        presentRate: (_, asset) => (asset === without ? undefined : PRESENT[asset]),
      }),
    )
  expect(await refund(1_000_000n, 'USDC')).toMatchObject({ reason: 'rate_unavailable' })
  expect(await creditsOf(opened)).toEqual([])
  expect((await refund(1_000_000n))['kind']).toBe('approved')
  const [first, second, third] = referencesOf(item)
  const credits = (await creditsOf(opened)).toSorted((left, right) =>
    left.reference < right.reference ? -1 : 1,
  )
  // 0.000102 BTC are worth 4,080.00 tenge, 9.630001 USDC 4,622.41, and the 1,297.59 that are left 2.703312 USDT.
  expect(credits).toMatchObject([
    { debit_reference: third, amount: '10200' },
    { debit_reference: second, amount: '963000100' },
    { debit_reference: first, amount: '270331200' },
  ])
  expect(await amountsOf(opened, item.id)).toMatchObject({ refunded: '1000000' })
  expect(await ask(BREACHES)).toEqual([])
  expect(await refund(250_000n)).toMatchObject({ kind: 'approved' })
  expect(await refund(1n)).toMatchObject({ kind: 'declined', reason: 'refund_exceeds_original' })
  expect(await ask(BREACHES)).toEqual([])
})
