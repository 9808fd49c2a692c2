import { createSigner } from '@tolem/signature/sign'
import type { WireAnswer } from '@tolem/wire/problem'
import type { Machine } from '../machine/machine.ts'
import type { Scheduler } from '../machine/scheduler.ts'
import type { Faults, MESSAGE_STATES } from '../world/faults.ts'
import type { Authorizer, House } from '../world/house.ts'
import { SECRET, URL_OF_TOLEM } from '../world/programme.ts'
import type { BankMessage } from './messages.ts'

/** What the bank knows of what a message is about, when it sends it. */
export type Known = (typeof MESSAGE_STATES)[number]

/** What the bank heard of a message. */
export type Heard = { readonly message: BankMessage; readonly answer: WireAnswer }

/** The banks' side of the wire. */
export type Processor = {
  /** Sends one copy and waits as long as a bank does: nothing when nothing came. */
  readonly send: (message: BankMessage, known: Known) => Promise<WireAnswer | undefined>
  /** Every answer that was heard, in order. */
  readonly heard: readonly Heard[]
  /** What was answered too late or never although nothing was wrong with whoever answered. */
  readonly wrongs: readonly string[]
}

/** The banks' budget, and how long they wait. */
const BUDGET_MS = 1_000
const PATIENCE_MS = 1_300

export function createProcessor({
  machine,
  scheduler,
  faults,
  house,
}: {
  readonly machine: Machine
  readonly scheduler: Scheduler
  readonly faults: Faults
  readonly house: Pick<House, 'authorizers'>
}): Processor {
  const { random } = machine
  const heard: Heard[] = []
  const wrongs: string[] = []
  const sign = createSign(random.bytes)

  /** Brings a copy to an authorizer, and its answer back. */
  function carry(
    to: Authorizer,
    message: BankMessage,
    copy: { readonly afterMs: number; readonly back: (answer: WireAnswer) => void },
  ): void {
    to.machine.reach(copy.afterMs, () => {
      const arrivedAt = performance.now()
      const stops = to.machine.stops()
      const receivedAt = Date.now()
      const received = { ...sign(message), method: 'POST', arrivedAt, receivedAt }
      const wasWell = () => to.machine.state() === 'running' && to.machine.stops() === stops
      let isAnswered = false
      const tellSilence = () => {
        if (!isAnswered && wasWell())
          wrongs.push(`${message.call} ${message.number} was not answered in ${BUDGET_MS} ms`)
      }
      scheduler.after(BUDGET_MS + 1, tellSilence, { isQuiet: true })
      void answer(received)

      async function answer(signed: typeof received): Promise<void> {
        const given = await to.logic.answer(signed)
        isAnswered = true
        const tookMs = performance.now() - arrivedAt
        const { call, number } = message
        scheduler.note(`${to.machine.name} answers ${call} ${number}: ${given.body}`)
        if (tookMs > BUDGET_MS && wasWell())
          wrongs.push(`${call} ${number} was answered after ${tookMs} ms`)
        copy.back(given)
      }
    })
  }

  return {
    heard,
    wrongs,
    async send(message, known) {
      const [to, other] = twoOf(house.authorizers(), random.chance(0.5))
      const fault = faults.draw('message', known)
      scheduler.note(`bank sends ${message.call} ${message.number}${fault ? ` (${fault})` : ''}`)
      const { promise, resolve } = Promise.withResolvers<WireAnswer | undefined>()
      setTimeout(() => resolve(undefined), PATIENCE_MS)
      const back = (answer: WireAnswer) => {
        if (fault === 'answer_lost') return
        machine.reach(random.between(0.5, 10), () => {
          heard.push({ message, answer })
          resolve(answer)
        })
      }
      if (!to || fault === 'lost') return promise
      const delay = fault === 'delayed' ? random.between(100, 2_000) : random.between(0.5, 10)
      carry(to, message, { afterMs: delay, back })
      if (fault === 'duplicated')
        carry(other ?? to, message, { afterMs: random.between(0.5, 60), back })
      return promise
    },
  }
}

function twoOf(
  list: readonly Authorizer[],
  isTurned: boolean,
): readonly [Authorizer | undefined, Authorizer | undefined] {
  const [one, other] = list
  return isTurned && other ? [other, one] : [one, other]
}

/** Signs at the moment of arrival: clocks are what is simulated, not signatures. */
function createSign(bytes: (length: number) => Buffer) {
  const signers = new Map<string, ReturnType<typeof createSigner>>()
  return ({ call, card, body }: BankMessage) => {
    const { keyId } = card
    const signer =
      signers.get(keyId) ?? createSigner({ keyId, algorithm: 'hmac-sha256', secret: SECRET })
    signers.set(keyId, signer)
    const path = `/v1/${call}`
    const content = Buffer.from(JSON.stringify(body))
    const headers = signer.sign({
      method: 'POST',
      url: URL_OF_TOLEM + path,
      body: content,
      created: Math.floor(Date.now() / 1_000),
      nonce: bytes(12).toString('hex'),
    })
    return { path, headers: { host: new URL(URL_OF_TOLEM).host, ...headers }, body: content }
  }
}
