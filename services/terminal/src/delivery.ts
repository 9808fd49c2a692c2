import type { Client } from '@tolem/client'
import type { DemoBank, DemoFile } from '@tolem/client/demo-file'
import type { Result } from '@tolem/client/result'
import { type Agreement, compareAnswers } from './agreement.ts'
import { withClient } from './banks.ts'
import { asRepeat } from './messages/sale.ts'
import type { Toolbox } from './toolbox.ts'

/** What was sent, and what came of it. */
export type Delivery<Body, Answer> = {
  readonly bankName: string
  readonly url: string
  readonly body: Body
  readonly result: Result<Answer>
  readonly roundTripMs: number
  /** What the repeats showed, one by one. */
  readonly repeats: readonly Agreement[]
}

/** How a command shows what came of its message. */
export type ShowOptions = {
  readonly json?: boolean
  /** How often the message is sent once more. */
  readonly repeat?: number
}

/** One message, and whose it is. */
export type Dispatch<Body, Answer> = {
  readonly demo: DemoFile
  readonly bank: DemoBank
  readonly body: Body
  readonly send: (client: Client, body: Body) => Promise<Result<Answer>>
  /** Lines without line breaks. */
  readonly render: (delivery: Delivery<Body, Answer>) => readonly string[]
  /** Told of the answer before anything else happens. */
  readonly note?: (answer: Answer) => void
}

/** What all answers have; only some are decisions. */
type Decided = { readonly responseCode: string; readonly decision?: string }

/**
 * Sends a message and its repeats and shows what came. Gives the exit code: 0 when it was taken, 2 when it was
 * declined, 1 when there is no answer or a repeat got other bytes than the message.
 */
export async function dispatch<
  Body extends { readonly transmittedAt: string },
  Answer extends Decided,
>(
  toolbox: Toolbox,
  message: Dispatch<Body, Answer>,
  { json, repeat = 0 }: ShowOptions,
): Promise<number> {
  const { shell } = toolbox
  const delivery = await withClient(message.demo, message.bank, (client) =>
    deliver(toolbox, message, { client, repeat }),
  )
  const { body: request, result, roundTripMs, repeats } = delivery
  shell.out(
    json
      ? `${JSON.stringify({ request, result, roundTripMs, repeats }, undefined, 2)}\n`
      : message
          .render(delivery)
          .map((line) => `${line}\n`)
          .join(''),
  )
  return repeats.includes('different') ? 1 : exitCodeOf(result)
}

async function deliver<Body extends { readonly transmittedAt: string }, Answer>(
  { shell }: Toolbox,
  { demo, bank, body, send, note }: Dispatch<Body, Answer>,
  { client, repeat }: { readonly client: Client; readonly repeat: number },
): Promise<Delivery<Body, Answer>> {
  const startedAt = shell.monotonicNow()
  const result = await send(client, body)
  const roundTripMs = shell.monotonicNow() - startedAt
  if (result.kind === 'decided') note?.(result.answer)
  const repeats: Agreement[] = []
  while (repeats.length < repeat)
    repeats.push(compareAnswers(result, await send(client, asRepeat(body, shell.now()))))
  return { bankName: bank.name, url: demo.url, body, result, roundTripMs, repeats }
}

function exitCodeOf(result: Result<Decided>): number {
  if (result.kind !== 'decided') return 1
  return result.answer.decision === 'declined' ? 2 : 0
}
