import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Service } from '../setup/service.ts'
import { audit, untilSettled } from '../support/audit.ts'
import { type Backend, type Balancer, startBalancer } from '../support/balancer.ts'
import { aPurchase } from '../support/messages.ts'
import { need, type OwnParts, startOwnParts } from '../support/own-parts.ts'
import { answerIn, openStack, sendAuthorization, type TestCard } from '../support/stack.ts'

/** Longer than a balancer takes to notice and a purchase to be decided, on a busy machine too. */
const DRAIN_DELAY_MS = 2_000
const EXIT_WITHIN_MS = 10_000
const PAYERS = 6
const ROUNDS = 1
const TOO_SLOW = '/problems/no_answer_in_time'
const REPEATS = 20

type Node = Backend & { readonly service: Service }

let own: OwnParts | undefined
let balancer: Balancer | undefined
let nodes: readonly Node[] = []
const undo: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  own = await startOwnParts(2, { environment: { DRAIN_DELAY_MS: String(DRAIN_DELAY_MS) } })
  if (!own) return
  const { parts, stack } = own
  const { service, url } = await parts.anotherAuthorizer()
  await service.start()
  const other = openStack({ ...parts.demo, url })
  undo.push(other.close)
  nodes = [
    { stack, url: parts.demo.url, service: parts.authorizer },
    { stack: other, url, service },
  ]
  balancer = await startBalancer(nodes)
}, 120_000)

afterAll(async () => {
  balancer?.close()
  for (const step of undo) await step()
  await own?.close()
})

test('while two authorizers are restarted one after the other every purchase is decided', async (context) => {
  need(own, context)
  if (!balancer) expect.unreachable()
  const { stack } = own
  const cards = await Promise.all(
    Array.from({ length: PAYERS }, () => stack.openCard({ holds: '1000000' })),
  )
  const running = { balancer, isOver: false, decided: 0, late: 0, wrong: [] as string[] }
  const paying = cards.map((card) => payOn(running, card))
  for (let round = 0; round < ROUNDS; round += 1)
    for (const node of nodes) {
      const before = running.decided
      await expect.poll(() => running.decided, { timeout: 20_000 }).toBeGreaterThan(before + PAYERS)
      await restart(node, balancer)
    }
  running.isOver = true
  await Promise.all(paying)
  const { decided, late } = running
  process.stdout.write(`rolling restarts: ${decided} purchases decided, ${late} times late\n`)
  expect(running.wrong).toEqual([])
  await untilSettled(own.parts.databaseUrl, 60_000)
  expect((await audit(own.parts.databaseUrl, own.stack.sandbox)).mistakes).toEqual([])
}, 180_000)

test('one that ends is not ready first, decides on meanwhile, and ends by itself', async (context) => {
  const [node] = nodes
  need(own, context)
  if (!balancer || !node) expect.unreachable()
  const card = await own.stack.openCard({ holds: '1000000' })
  const pay = () => sendAuthorization(node.stack.bank(card.bank), aPurchase(card.token))
  const ended = node.service.stop('SIGTERM')
  await expect.poll(() => balancer?.isReady(node), { timeout: 5_000 }).toBe(false)
  expect(answerIn(await pay()).decision).toBe('approved')
  expect(await ended).toEqual({ code: 0, signal: null })
  await expect(pay()).rejects.toThrow('ECONNREFUSED')
  await node.service.start()
}, 60_000)

/** Ends one as an orchestrator does, and starts its successor at once. */
async function restart(node: Node, { isReady }: Balancer): Promise<void> {
  const startedAt = performance.now()
  expect(await node.service.stop('SIGTERM')).toEqual({ code: 0, signal: null })
  expect(performance.now() - startedAt).toBeLessThan(EXIT_WITHIN_MS)
  await node.service.start()
  await expect.poll(() => isReady(node), { timeout: 10_000 }).toBe(true)
}

/**
 * Pays by whichever authorizer is ready; what is not decided breaks the promise. One that has just started on a busy
 * machine may be too slow to decide in time, and nothing else: such a message is repeated until it is decided.
 */
async function payOn(
  running: {
    readonly balancer: Balancer
    readonly isOver: boolean
    decided: number
    late: number
    readonly wrong: string[]
  },
  { bank, token }: TestCard,
): Promise<void> {
  while (!running.isOver) {
    const message = aPurchase(token)
    const send = (repeat: boolean) =>
      sendAuthorization(running.balancer.next().stack.bank(bank), { ...message, repeat })
    try {
      let reply = await send(false)
      for (let repeats = 0; reply.body.includes(TOO_SLOW) && repeats < REPEATS; repeats += 1) {
        running.late += 1
        reply = await send(true)
      }
      if (reply.status === 200) running.decided += 1
      else running.wrong.push(`${reply.status} ${reply.body}`)
    } catch (error) {
      running.wrong.push(String(error))
    }
    await delay(20)
  }
}
