import { createMessageNumbers, type MessageNumbers } from '@tolem/client/message-numbers'
import { createSigner } from '@tolem/signature/sign'
import { createRandom } from '@tolem/testing/random'
import type { BenchCard } from './cards.ts'

/** Makes signed purchases as the bytes of whole HTTP requests, no two alike. */
export type Messages = {
  /** Makes `count` requests ready, which must leave within the signature's minute. */
  prepare(count: number): void
  /** A request that was made ready, or a new one when there is none left. */
  next(): Buffer
  /** How many were not ready in time, and were made while it was measured. */
  readonly late: () => number
}

/** The seed of the traffic: every run asks for the same purchases in the same order. */
const SEED = 20_261_101

/** `zipf` is the exponent of the cards' use, the first card being the one used most. */
export function createMessages(parts: {
  readonly url: string
  readonly cards: readonly BenchCard[]
  readonly zipf: number
  /** Two generators of one run need different ones, from 0 to 999,998. */
  readonly firstNumber?: number
}): Messages {
  const random = createRandom(SEED)
  const chooseCard = createChoice(parts.cards, parts.zipf, random)
  const build = createBuilder(parts)
  const ready: Buffer[] = []
  let late = 0
  const make = () => build(chooseCard(), random())
  return {
    prepare(count) {
      ready.length = 0
      for (let left = count; left > 0; left -= 1) ready.push(make())
    },
    next() {
      const made = ready.pop()
      if (made) return made
      late += 1
      return make()
    },
    late: () => late,
  }
}

function createBuilder(parts: {
  readonly url: string
  readonly cards: readonly BenchCard[]
  readonly firstNumber?: number
}) {
  const { firstNumber = 0 } = parts
  const target = new URL('/v1/authorizations', parts.url)
  const banks = new Set(parts.cards.map((card) => card.bank))
  const signers = new Map([...banks].map((bank) => [bank.id, createSigner(bank.key)]))
  const numbers = createMessageNumbers({ now: Date.now, firstNumber })
  let given = firstNumber

  return (card: BenchCard, random: number): Buffer => {
    given += 1
    const body = Buffer.from(JSON.stringify(purchase(card, random, numbers())))
    const signed = signers.get(card.bank.id)?.sign({
      method: 'POST',
      url: target.href,
      body,
      created: Math.floor(Date.now() / 1_000),
      nonce: `bench-${String(given).padStart(10, '0')}`,
    })
    const headers = Object.entries({
      host: target.host,
      'content-type': 'application/json',
      'content-length': body.length,
      ...signed,
    }).map(([name, value]) => `${name}: ${value}\r\n`)
    const head = `POST ${target.pathname} HTTP/1.1\r\n${headers.join('')}\r\n`
    return Buffer.concat([Buffer.from(head), body])
  }
}

function purchase(card: BenchCard, random: number, numbers: MessageNumbers) {
  // From 500.00 to 40,500.00 tenge, to the tiyn.
  const tiyn = String(50_000 + Math.floor(random * 4_000_000))
  return {
    type: 'purchase',
    cardToken: card.token,
    transactionAmount: { value: `${tiyn.slice(0, -2)}.${tiyn.slice(-2)}`, currency: 'KZT' },
    acquirerId: '398001',
    ...numbers,
    terminal: { id: 'BENCH001', type: 'pos', entryMode: 'contactless' },
    merchant: {
      id: 'BENCH-SHOP',
      name: 'Bench shop',
      city: 'Almaty',
      country: 'KZ',
      categoryCode: '5411',
    },
  }
}

/** Chooses the item of rank r with a weight of 1 / r^exponent. */
function createChoice<T>(items: readonly T[], exponent: number, random: () => number): () => T {
  const upTo: number[] = []
  let sum = 0
  for (const rank of items.keys()) upTo.push((sum += (rank + 1) ** -exponent))
  return () => {
    const wanted = random() * sum
    let low = 0
    let high = items.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((upTo[middle] ?? sum) < wanted) low = middle + 1
      else high = middle
    }
    return items[low] as T
  }
}
