import { createMessageNumbers, type MessageNumbers } from '@tolem/client/message-numbers'
import type { AuthorizationAnswer } from '@tolem/wire/authorization'
import type { AuthorizationBody } from '@tolem/wire/request'
import { untilInTime } from './later.ts'
import type { BankClient } from './provision.ts'

/** One purchase of the demonstration: what was asked, what came of it, and how long the bank waited. */
export type FirstPurchase = {
  readonly bankName: string
  readonly amount: string
  readonly answer: AuthorizationAnswer
  readonly milliseconds: number
}

const AMOUNT = '12500.00'

/**
 * Makes one purchase through each bank, one after the other. What a process that has just started could not decide in
 * time (503) is repeated, as a bank does.
 *
 * @throws when a bank gets no decision at all.
 */
export async function makeFirstPurchases(
  clients: readonly BankClient[],
  deps: {
    readonly now: () => number
    readonly random: () => number
    readonly wait: (milliseconds: number) => Promise<unknown>
  },
): Promise<readonly FirstPurchase[]> {
  const numbers = createMessageNumbers({
    now: deps.now,
    firstNumber: Math.floor(deps.random() * 999_999),
  })
  const purchases: FirstPurchase[] = []
  for (const { bank, client } of clients) {
    const [card] = bank.cards
    if (!card) continue
    const startedAt = performance.now()
    const message = purchase(card.token, numbers())
    // It may have been recorded all the same: a repeat names the same key, so it pays once.
    const send = (again: boolean) =>
      client.authorize(again ? { ...message, repeat: true } : message)
    const result = await untilInTime(send, deps.wait)
    const milliseconds = performance.now() - startedAt
    if (result.kind !== 'decided')
      throw new Error(`${bank.name} got no decision: ${JSON.stringify(result)}`)
    purchases.push({ bankName: bank.name, amount: AMOUNT, answer: result.answer, milliseconds })
  }
  return purchases
}

function purchase(cardToken: string, numbers: MessageNumbers): AuthorizationBody {
  return {
    type: 'purchase',
    cardToken,
    transactionAmount: { value: AMOUNT, currency: 'KZT' },
    acquirerId: '398001',
    ...numbers,
    terminal: { id: 'DEMO0001', type: 'pos', entryMode: 'contactless' },
    merchant: {
      id: 'DEMO-SHOP',
      name: 'Demo shop',
      city: 'Almaty',
      country: 'KZ',
      categoryCode: '5411',
    },
  }
}

/** Two lines that a person reads: the decision, and how the tenge became crypto. */
export function describePurchase({
  bankName,
  amount,
  answer,
  milliseconds,
}: FirstPurchase): string {
  const [funding] = answer.funding ?? []
  const verdict =
    answer.decision === 'declined'
      ? `DECLINED ${answer.responseCode} (${answer.reason})`
      : `APPROVED ${answer.approvalCode}`
  const head = `  ${bankName.padEnd(24)} ${amount} KZT  ${verdict}  in ${milliseconds.toFixed(1)} ms`
  if (!funding) return head
  const { quote } = funding
  const sources = quote.sources.map((source) => `${source.exchange} ${source.pair}`).join(' × ')
  const debit = `${funding.amount} ${funding.asset} from ${funding.exchange}`
  const price = `${quote.appliedRate} ${quote.pair} (mid ${quote.mid}, ${quote.ageMs} ms old, from ${sources})`
  return `${head}\n    ${debit} at ${price}`
}
