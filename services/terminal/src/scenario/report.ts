import { labelled, RULE } from '../lines.ts'
import type { Paint } from '../shell.ts'
import type { PlayedStep } from './play.ts'
import type { Scenario, Step } from './scenario.ts'

/** What may stand in an answer, of whatever kind it is. */
type Amounts = 'approved' | 'released' | 'held' | 'cleared' | 'exposed' | 'refunded'
type Facts = {
  readonly [Name in `${Amounts}Amount`]?: { readonly value: string; readonly currency: string }
} & {
  readonly decision?: string
  readonly outcome?: string
  readonly status?: string | number
  readonly reason?: string
  readonly responseCode?: string
  readonly funding?: readonly Coins[]
  readonly credits?: readonly Coins[]
}
type Coins = { readonly amount: string; readonly asset: string; readonly exchange: string }

const AMOUNTS = ['approved', 'released', 'held', 'cleared', 'exposed', 'refunded'] as const

/** Before the first step: what is played, and from whose wallet. */
export function renderStart({ name, title }: Scenario, bankName: string, token: string): string {
  return [
    '',
    labelled('Scenario', `${name}: ${title}`),
    labelled('Wallet of', `${token}, ${bankName}`),
    RULE,
    '',
  ].join('\n')
}

/** One step with its answer, amounts, crypto and timing, and with what differs from what was expected. */
export function renderStep(played: PlayedStep, paint: Paint): string {
  const { number, step, answer, moved, differences } = played
  const mark = differences.length === 0 ? paint.good('as expected') : paint.bad('DIFFERENT')
  const facts = step.kind === 'settle' ? {} : factsOf(answer)
  const lines = [
    `  ${String(number).padStart(2)}  ${paint.strong(step.says)}`,
    indented('Sent', describeStep(step)),
    ...(step.kind === 'settle' ? [] : [indented('Answered', describeAnswer(facts))]),
    ...AMOUNTS.flatMap((name) => {
      const amount = facts[`${name}Amount`]
      return amount ? [indented(name, `${amount.value} ${amount.currency}`)] : []
    }),
    ...coinLines('debited', facts.funding),
    ...coinLines('credited', facts.credits),
    ...(moved ? [indented('Wallet', describeMoved(moved))] : []),
    indented('Took', describeTiming(played)),
    indented('Answer is', mark),
    ...differences.map((difference) => indented('', paint.bad(difference))),
  ]
  return `${lines.join('\n')}\n\n`
}

/** After the last step. */
export function renderEnd(scenario: Scenario, played: readonly PlayedStep[], paint: Paint): string {
  const wrong = played.find(({ differences }) => differences.length > 0)
  const verdict = wrong
    ? paint.bad(`FAILED at step ${wrong.number}: ${wrong.differences.join('; ')}`)
    : paint.good('PASSED')
  return [
    RULE,
    labelled('Scenario', scenario.name),
    labelled('', `${verdict}, ${played.length - 1} of ${scenario.steps.length} steps taken`),
    '',
    '',
  ].join('\n')
}

function indented(label: string, text: string): string {
  return `    ${labelled(label, text)}`
}

/** What a step sends, in one line. */
function describeStep(step: Step): string {
  switch (step.kind) {
    case 'authorize':
      return describeAuthorization(step)
    case 'increment':
      return `increment of ${step.of} by ${step.amount} KZT`
    case 'advise':
      return `advice: ${step.decision} ${step.sale.amount} KZT, ${step.reason}`
    case 'reverse':
      return describeReversal(step)
    case 'clear': {
      const more = (step.isLast ?? true) ? '' : ', not the last'
      return `clearing of ${step.of ?? 'no original'}, ${step.amount} KZT${more}`
    }
    case 'refund':
      return `refund of ${step.of ?? 'no original'}, ${step.amount} KZT`
    case 'card':
      return `card "${step.card}", ${step.status}`
    case 'settle':
      return `nothing: ${step.of.join(', ')} must keep ${step.keeps} of what was debited, in ${step.debits}`
  }
}

function describeAuthorization(step: Extract<Step, { readonly kind: 'authorize' }>): string {
  const { type, amount, currency = 'KZT', billing, cashback } = step.sale
  const parts = [
    ...(billing === undefined ? [] : [`billed ${billing} KZT`]),
    ...(cashback === undefined ? [] : [`${cashback} KZT of it in cash`]),
  ]
  return [`${copiesOf(step)}${type ?? 'purchase'} of ${amount} ${currency}`, ...parts].join(', ')
}

function describeReversal(step: Extract<Step, { readonly kind: 'reverse' }>): string {
  const to = step.to === undefined ? '' : ` to ${step.to} KZT`
  return `${copiesOf(step)}reversal of ${step.of}${to}, ${step.reason}`
}

function copiesOf({ copies }: { readonly copies?: number }): string {
  return copies === undefined ? '' : `${copies} copies of one `
}

/** Only our own schemas made these, and whatever is absent is not shown. */
function factsOf(answer: unknown): Facts {
  return typeof answer === 'object' && answer !== null ? answer : {}
}

function describeAnswer({ decision, outcome, status, reason, responseCode }: Facts): string {
  const words = [decision ?? outcome ?? status, responseCode, reason]
  const said = words.filter((word) => word !== undefined).join(' ')
  return said === '' ? 'nothing' : said
}

function coinLines(label: string, coins: readonly Coins[] = []): readonly string[] {
  return coins.map(({ amount, asset, exchange }) =>
    indented(label, `${amount} ${asset} at ${exchange}`),
  )
}

function describeMoved({ debited, credited, open }: NonNullable<PlayedStep['moved']>): string {
  const sum = (coins: readonly string[]) => (coins.length === 0 ? 'nothing' : coins.join(' and '))
  const rest = open === 0 ? '' : `, ${open} movements not final`
  return `debited ${sum(debited)}, credited ${sum(credited)}${rest}`
}

function describeTiming({ timing, roundTripMs }: PlayedStep): string {
  const total = timing.find(({ name }) => name === 'total')?.durationMs
  const inside = total === undefined ? '' : `, of it ${total.toFixed(1)} ms in Tolem`
  return `${roundTripMs.toFixed(1)} ms${inside}`
}
