import type { Problem } from '@tolem/client/result'
import type { AuthorizationAnswer } from '@tolem/wire/authorization'
import type { AuthorizationBody } from '@tolem/wire/request'
import type { Agreement } from './agreement.ts'
import type { Delivery } from './delivery.ts'
import { labelled, RULE } from './lines.ts'
import type { SaleFields } from './messages/sale.ts'
import type { Paint } from './shell.ts'
import { renderTiming } from './timing.ts'

/**
 * The receipt of a message that asked for money. Exactly one of the words APPROVED, DECLINED, PROBLEM and NO ANSWER
 * says how it went.
 */
export function renderReceipt(
  receipt: Delivery<AuthorizationBody, AuthorizationAnswer>,
  paint: Paint,
): readonly string[] {
  const { body, bankName } = receipt
  const { cashbackAmount } = body
  return [
    ...renderSale(body, bankName, paint),
    ...(cashbackAmount ? [labelled('Of it in cash', tellAmount(cashbackAmount))] : []),
    ...renderOutcome(receipt, paint, {
      renderAnswer: (answer) => renderDecision(answer, paint),
      renderEnd: (answer) => [
        labelled('Authorization', answer.authorizationId),
        ...renderWayBack(answer),
      ],
      whenLost: [
        'Whether it was decided is not known. Reversing it is always safe:',
        'npm run terminal -- reverse --last',
      ],
    }),
  ]
}

/** Who sells what to whom. */
export function renderSale(body: SaleFields, bankName: string, paint: Paint): readonly string[] {
  const { merchant, terminal, transactionAmount, billingAmount } = body
  const marks = [
    ...(body.preauthorization ? ['pre-authorization'] : []),
    ...(body.final ? ['final'] : []),
    ...(body.recurring ? ['recurring'] : []),
  ]
  return [
    '',
    labelled('Merchant', paint.strong(merchant.name)),
    labelled('', `${merchant.city} ${merchant.country}, category ${merchant.categoryCode}`),
    labelled('Terminal', `${terminal.id}, ${terminal.type}, ${terminal.entryMode}`),
    ...renderSender(body, body.cardToken, bankName),
    RULE,
    labelled('Type', [body.type, ...marks].join(', ')),
    labelled('Amount', paint.strong(tellAmount(transactionAmount))),
    ...(billingAmount ? [labelled('Billed', tellAmount(billingAmount))] : []),
  ]
}

/** When a message was sent, for which card, under which numbers. */
export function renderSender(
  body: Pick<SaleFields, 'localDateTime' | 'systemTraceAuditNumber' | 'retrievalReferenceNumber'>,
  card: string,
  bankName: string,
): readonly string[] {
  return [
    labelled('When', `${body.localDateTime.replace('T', ' ')} in Almaty`),
    labelled('Card', `${card}, ${bankName}`),
    labelled('STAN, RRN', `${body.systemTraceAuditNumber}, ${body.retrievalReferenceNumber}`),
  ]
}

/** What a kind of message has of its own in its receipt. */
export type ReceiptParts<Answer> = {
  readonly renderAnswer: (answer: Answer) => readonly string[]
  readonly renderEnd: (answer: Answer) => readonly string[]
  /** What to do when no answer came. */
  readonly whenLost: readonly string[]
}

/** What came of a message. */
export function renderOutcome<Answer>(
  { result, url, roundTripMs, repeats }: Delivery<unknown, Answer>,
  paint: Paint,
  parts: ReceiptParts<Answer>,
): readonly string[] {
  switch (result.kind) {
    case 'decided':
      return [
        ...parts.renderAnswer(result.answer),
        ...renderRepeats(repeats, paint),
        RULE,
        renderTiming(result.timing, roundTripMs),
        RULE,
        ...parts.renderEnd(result.answer),
        '',
      ]
    case 'problem':
      return [...renderProblem(result.problem, paint), '']
    case 'unreachable':
      return [
        labelled('Decision', paint.bad('NO ANSWER')),
        labelled('', `from ${url}: ${result.detail}`),
        ...parts.whenLost.map((line) => labelled('', line)),
        labelled('Start Tolem', 'npm start'),
        '',
      ]
  }
}

function renderRepeats(repeats: readonly Agreement[], paint: Paint): readonly string[] {
  if (repeats.length === 0) return []
  const count = (agreement: Agreement) => repeats.filter((one) => one === agreement).length
  const different = count('different')
  return [
    labelled('Repeats', `${count('same')} of ${repeats.length} answered the same bytes`),
    ...(different > 0 ? [labelled('', paint.bad(`${different} answered OTHER bytes`))] : []),
  ]
}

/** An amount with its currency. */
export function tellAmount(amount: { readonly value: string; readonly currency: string }): string {
  return `${amount.value} ${amount.currency}`
}

/** The decision in words, what it cost, and what the cardholder reads. */
export function renderDecision(answer: AuthorizationAnswer, paint: Paint): string[] {
  const { approvedAmount } = answer
  return [
    labelled('Decision', decisionWord(answer.decision, paint)),
    ...(approvedAmount ? [labelled('Approved amount', tellAmount(approvedAmount))] : []),
    ...(answer.reason ? [labelled('Reason', answer.reason)] : []),
    ...(answer.approvalCode ? [labelled('Approval code', answer.approvalCode)] : []),
    labelled('Response code', answer.responseCode),
    ...renderMessages(answer.messages),
    ...(answer.funding ?? []).flatMap((funding) => renderFunding(funding, paint)),
  ]
}

/** What the cardholder reads. */
export function renderMessages({ kk, ru, en }: AuthorizationAnswer['messages']): readonly string[] {
  return [labelled('Message', en), labelled('', ru), labelled('', kk)]
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

/** The decision as a person sees it from afar. */
export function decisionWord(decision: AuthorizationAnswer['decision'], paint: Paint): string {
  switch (decision) {
    case 'approved':
      return paint.good('APPROVED')
    case 'partially_approved':
      return paint.good('PARTIALLY APPROVED')
    case 'declined':
      return paint.bad('DECLINED')
  }
}

type Funding = NonNullable<AuthorizationAnswer['funding']>[number]

function renderFunding(
  { exchange, asset, amount, billingAmount, quote }: Funding,
  paint: Paint,
): string[] {
  const [coin] = quote.pair.split('/')
  return [
    RULE,
    labelled('Debited', paint.strong(`${amount} ${asset} at ${exchange}`)),
    labelled('Pays for', tellAmount(billingAmount)),
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
