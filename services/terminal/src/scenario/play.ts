import type { Client } from '@tolem/client'
import type { Result, StageTiming } from '@tolem/client/result'
import type { CardBody } from '@tolem/wire/card'
import { compareAnswers } from '../agreement.ts'
import { asRepeat } from '../messages/sale.ts'
import type { Toolbox } from '../toolbox.ts'
import { type Bodies, createBodies } from './bodies.ts'
import { findDifferences } from './differences.ts'
import type { MessageStep, Scenario, Step } from './scenario.ts'
import { compareMoved, type Moved, sumMovements } from './settle.ts'

/** A step that was taken. */
export type PlayedStep = {
  readonly number: number
  readonly step: Step
  /** What was sent; absent for steps that only look. */
  readonly request?: object
  /** The answer, or why there is none. */
  readonly answer: unknown
  readonly timing: readonly StageTiming[]
  readonly roundTripMs: number
  /** What was moved at the exchange, where the step waited for it. */
  readonly moved?: Moved
  /** Nothing: it was answered as expected. */
  readonly differences: readonly string[]
}

type Deps = {
  readonly toolbox: Toolbox
  readonly client: Client
  /** The card whose wallet pays. */
  readonly card: CardBody
}

type Outcome = Pick<PlayedStep, 'request' | 'answer' | 'timing' | 'moved' | 'differences'>

/** What a step is taken with. */
type Stage = Deps & { readonly bodies: Bodies }

/** How often a message is sent again that could not be decided in time, as a bank does. */
const MOST_REPEATS = 5
const BETWEEN_REPEATS_MS = 200

/** How long crypto may take to be where it belongs, and how often it is looked for. */
const SETTLED_WITHIN_MS = 45_000
const BETWEEN_LOOKS_MS = 250

/** Plays a scenario until it ends or a step is answered otherwise than expected. Tells each step when it is taken. */
export async function playScenario(
  deps: Deps,
  scenario: Scenario,
  tell: (played: PlayedStep) => void,
): Promise<readonly PlayedStep[]> {
  const { shell, nextNumbers } = deps.toolbox
  const bodies = createBodies({ scenario, suffix: randomLetters(shell.random), nextNumbers })
  const stage: Stage = { ...deps, bodies }
  const played: PlayedStep[] = []
  for (const [index, step] of [OPENING, ...scenario.steps].entries()) {
    const startedAt = shell.monotonicNow()
    const outcome = await takeStep(stage, step)
    const one = { number: index, step, ...outcome, roundTripMs: shell.monotonicNow() - startedAt }
    played.push(one)
    tell(one)
    if (one.differences.length > 0) break
  }
  return played
}

const OPENING: Step = {
  kind: 'card',
  says: 'The bank issues a card for this playing.',
  card: 'main',
  status: 'active',
  expect: { status: 'active' },
}

function takeStep(stage: Stage, step: Step): Promise<Outcome> {
  switch (step.kind) {
    case 'card':
      return putCard(stage, step)
    case 'settle':
      return settle(stage, step)
    case 'authorize':
    case 'increment':
    case 'advise':
    case 'reverse':
    case 'clear':
    case 'refund':
      return sendMessage(stage, step)
  }
}

async function putCard(
  { client, card, bodies }: Stage,
  step: Extract<Step, { readonly kind: 'card' }>,
): Promise<Outcome> {
  const { expiresOn, walletLink } = card
  const request = { status: step.status, expiresOn, ...(walletLink && { walletLink }) }
  const result = await client.putCard(bodies.tokenOf(step.card), request)
  return judge(request, result, step.expect)
}

async function sendMessage(stage: Stage, step: MessageStep): Promise<Outcome> {
  const { client, bodies } = stage
  switch (step.kind) {
    case 'authorize':
      return noting(
        stage,
        step,
        await sendAll(stage, step, [bodies.authorization(step), client.authorize]),
      )
    case 'increment':
      return noting(
        stage,
        step,
        await sendAll(stage, step, [bodies.increment(step), client.increment]),
      )
    case 'advise':
      return noting(stage, step, await sendAll(stage, step, [bodies.advice(step), client.advise]))
    case 'reverse':
      return sendAll(stage, step, [bodies.reversal(step), client.reverse])
    case 'clear':
      return sendAll(stage, step, [bodies.clearing(step), client.clear])
    case 'refund':
      return sendAll(stage, step, [bodies.refund(step), client.refund])
  }
}

/** Later steps name an answered message by its id. */
function noting({ bodies }: Stage, { name }: { readonly name: string }, outcome: Outcome): Outcome {
  const { answer } = outcome
  if (isAnswered(answer)) bodies.answeredAs(name, answer.authorizationId)
  return outcome
}

function isAnswered(answer: unknown): answer is { readonly authorizationId: string } {
  return typeof answer === 'object' && answer !== null && 'authorizationId' in answer
}

/** Sends a message, all its copies at once, and compares the answer, and the copies' with it. */
async function sendAll<Body extends { readonly transmittedAt: string }, Answer>(
  stage: Stage,
  { copies = 1, expect }: { readonly copies?: number; readonly expect: unknown },
  [body, send]: readonly [Body, (body: Body) => Promise<Result<Answer>>],
): Promise<Outcome> {
  const { shell } = stage.toolbox
  const all = await Promise.all(
    Array.from({ length: copies }, (_, index) =>
      untilDecided(stage, (isAgain) =>
        send(index > 0 || isAgain ? asRepeat(body, shell.now()) : body),
      ),
    ),
  )
  const [first, ...others] = all
  if (!first) throw new Error('a message is sent at least once')
  const { differences, ...outcome } = judge(body, first, expect)
  const different = others.filter((other) => compareAnswers(first, other) !== 'same').length
  return {
    ...outcome,
    differences: [
      ...differences,
      ...(different > 0 ? [`copies: ${different} of ${copies} did not get the same bytes`] : []),
    ],
  }
}

/** As a bank does: what could not be decided in time is sent again. */
async function untilDecided<Answer>(
  { toolbox }: Stage,
  send: (isAgain: boolean) => Promise<Result<Answer>>,
): Promise<Result<Answer>> {
  const { wait } = toolbox.shell
  let result = await send(false)
  for (let count = 0; count < MOST_REPEATS && isUndecided(result); count += 1) {
    await wait(BETWEEN_REPEATS_MS, new AbortController().signal)
    result = await send(true)
  }
  return result
}

function isUndecided(result: Result<unknown>): boolean {
  return result.kind === 'problem' && (result.status === 503 || result.status === 409)
}

async function settle(
  { toolbox, client, bodies }: Stage,
  step: Extract<Step, { readonly kind: 'settle' }>,
): Promise<Outcome> {
  const { wait, monotonicNow } = toolbox.shell
  const startedAt = monotonicNow()
  for (;;) {
    const results = await Promise.all(bodies.idsOf(step.of).map(client.findAuthorization))
    const records = results.flatMap((result) => (result.kind === 'decided' ? [result.answer] : []))
    const moved = sumMovements(records)
    const differences =
      records.length === step.of.length
        ? compareMoved(step, moved)
        : [`records: expected ${step.of.length}, found ${records.length}`]
    const isOver = monotonicNow() - startedAt >= SETTLED_WITHIN_MS
    if (differences.length === 0 || isOver)
      return { answer: records, timing: [], moved, differences }
    await wait(BETWEEN_LOOKS_MS, new AbortController().signal)
  }
}

function judge(request: object, result: Result<unknown>, expected: unknown): Outcome {
  switch (result.kind) {
    case 'decided': {
      const { answer, timing } = result
      return { request, answer, timing, differences: findDifferences(expected, answer) }
    }
    case 'problem': {
      const { problem } = result
      const differences = [
        `answer: expected one, got a problem: ${problem.title} (${result.status})`,
      ]
      return { request, answer: problem, timing: [], differences }
    }
    case 'unreachable': {
      const differences = [`answer: expected one, got none: ${result.detail}`]
      return { request, answer: undefined, timing: [], differences }
    }
  }
}

/** Letters only: digits could make a card token look like a card number. */
function randomLetters(random: () => number): string {
  const letters = 'abcdefghijkmnpqrstuvwxyz'
  return Array.from({ length: 8 }, () => letters[Math.floor(random() * letters.length)]).join('')
}
