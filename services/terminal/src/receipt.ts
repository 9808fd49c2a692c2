import type { Problem, Result } from '@tolem/client/result'
import type { AuthorizationAnswer } from '@tolem/wire/authorization'
import type { AuthorizationBody } from '@tolem/wire/request'
import { labelled, RULE } from './lines.ts'
import type { Paint } from './shell.ts'
import { renderTiming } from './timing.ts'

/** What was sent, and what came of it. */
export type Receipt = {
  readonly bankName: string
  readonly url: string
  readonly body: AuthorizationBody
  readonly result: Result<AuthorizationAnswer>
  readonly roundTripMs: number
}

/** The receipt of a purchase. Exactly one of the words APPROVED, DECLINED, PROBLEM and NO ANSWER says how it went. */
export function renderReceipt(receipt: Receipt, paint: Paint): string {
  return [...renderHead(receipt.body, receipt.bankName, paint), ...renderOutcome(receipt, paint)]
    .map((line) => `${line}\n`)
    .join('')
}

function renderHead(body: AuthorizationBody, bankName: string, paint: Paint): string[] {
  const { merchant, transactionAmount } = body
  return [
    '',
    labelled('Merchant', paint.strong(merchant.name)),
    labelled('', `${merchant.city} ${merchant.country}, category ${merchant.categoryCode}`),
    labelled('When', `${body.localDateTime.replace('T', ' ')} in Almaty`),
    labelled('Card', `${body.cardToken}, ${bankName}`),
    labelled('STAN, RRN', `${body.systemTraceAuditNumber}, ${body.retrievalReferenceNumber}`),
    RULE,
    labelled('Amount', paint.strong(`${transactionAmount.value} ${transactionAmount.currency}`)),
  ]
}

function renderOutcome({ result, url, roundTripMs }: Receipt, paint: Paint): string[] {
  switch (result.kind) {
    case 'decided':
      return [
        ...renderDecision(result.answer, paint),
        RULE,
        renderTiming(result.timing, roundTripMs),
        RULE,
        labelled('Authorization', result.answer.authorizationId),
        ...renderWayBack(result.answer),
        '',
      ]
    case 'problem':
      return [...renderProblem(result.problem, paint), '']
    case 'unreachable':
      return [
        labelled('Decision', paint.bad('NO ANSWER')),
        labelled('', `from ${url}: ${result.detail}`),
        labelled('', 'Whether it was decided is not known. Reversing it is always safe:'),
        labelled('Reverse it', 'npm run terminal -- reverse --last'),
        labelled('Start Tolem', 'npm start'),
        '',
      ]
  }
}

/** The decision in words, what it cost, and what the cardholder reads. */
export function renderDecision(answer: AuthorizationAnswer, paint: Paint): string[] {
  const { kk, ru, en } = answer.messages
  const { approvedAmount } = answer
  return [
    labelled('Decision', decisionWord(answer, paint)),
    ...(approvedAmount
      ? [labelled('Approved amount', `${approvedAmount.value} ${approvedAmount.currency}`)]
      : []),
    ...(answer.reason ? [labelled('Reason', answer.reason)] : []),
    ...(answer.approvalCode ? [labelled('Approval code', answer.approvalCode)] : []),
    labelled('Response code', answer.responseCode),
    labelled('Message', en),
    labelled('', ru),
    labelled('', kk),
    ...(answer.funding ?? []).flatMap((funding) => renderFunding(funding, paint)),
  ]
}

/** What was wrong with a message, place by place. */
export function renderProblem(problem: Problem, paint: Paint): string[] {
  return [
    labelled('Decision', paint.bad('PROBLEM')),
    labelled('', `${problem.title} (${problem.status})`),
    ...(problem.detail ? [labelled('Detail', problem.detail)] : []),
    ...(problem.errors ?? []).map(({ pointer, detail }) =>
      labelled('Field', `${pointer || 'the body'}: ${detail}`),
    ),
    labelled('Response code', problem.responseCode),
  ]
}

function decisionWord({ decision }: AuthorizationAnswer, paint: Paint): string {
  switch (decision) {
    case 'approved':
      return paint.good('APPROVED')
    case 'partially_approved':
      return paint.good('PARTIALLY APPROVED')
    case 'declined':
      return paint.bad('DECLINED')
  }
}

function renderFunding(
  { exchange, asset, amount, quote }: NonNullable<AuthorizationAnswer['funding']>[number],
  paint: Paint,
): string[] {
  const [coin] = quote.pair.split('/')
  return [
    RULE,
    labelled('Debited', paint.strong(`${amount} ${asset} at ${exchange}`)),
    labelled('Mid rate', `1 ${coin} = ${quote.mid} KZT`),
    labelled('Applied rate', `1 ${coin} = ${quote.appliedRate} KZT`),
    labelled(
      'Spread',
      `${quote.spread.value} ${quote.spread.currency} (${quote.spreadBasisPoints} basis points)`,
    ),
    labelled('Fee', `${quote.fee.value} ${quote.fee.currency}`),
    ...quote.sources.map((source, index) =>
      labelled(
        index === 0 ? 'Order books' : '',
        `${source.exchange} ${source.pair} bid ${source.bid} ask ${source.ask}`,
      ),
    ),
    labelled('Quote', `${quote.id}, ${quote.ageMs} ms old`),
  ]
}

/** A decline moved nothing: there is nothing to reverse. */
function renderWayBack({ decision, authorizationId }: AuthorizationAnswer): string[] {
  if (decision === 'declined') return []
  return [labelled('Reverse it', `npm run terminal -- reverse --id ${authorizationId}`)]
}
