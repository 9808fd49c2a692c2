import type { AdviceOutcome } from '@tolem/domain/advice'
import type { ClearingOutcome } from '@tolem/domain/clearing'
import type { ReversalOutcome } from '@tolem/domain/reversal'
import type { AdviceAnswer, AdviceBody } from '@tolem/wire/advice'
import type { ClearingAnswer, ClearingBody } from '@tolem/wire/clearing'
import type { RefundAnswer, RefundBody } from '@tolem/wire/refund'
import type { ReversalAnswer, ReversalBody } from '@tolem/wire/reversal'
import type { Delivery } from './delivery.ts'
import { labelled, RULE } from './lines.ts'
import {
  decisionWord,
  renderMessages,
  renderOutcome,
  renderSale,
  renderSender,
  tellAmount,
} from './receipt.ts'
import type { Paint } from './shell.ts'

/** What a reversal's outcome means to the person at the till. */
export const REVERSAL_OUTCOME_WORDS = {
  reversed: 'It is undone. What was debited goes back to the wallet within seconds.',
  partially_reversed:
    'The amount is lowered. The difference goes back to the wallet within seconds.',
  already_cleared: 'It has been cleared: a refund can give it back.',
  already_reversed: 'An earlier reversal had already undone as much.',
  nothing_to_reverse: 'It was declined or has expired: there is nothing to undo.',
  stopped: 'It was still being decided, and will be declined.',
  recorded_before_original: 'It has not arrived yet, and will be declined when it does.',
} as const satisfies Record<ReversalOutcome, string>

const CLEARING_OUTCOME_WORDS = {
  cleared: 'What was held covered it.',
  cleared_beyond_hold: 'It is more than was held: the rest is collected from the wallet.',
  force_posted: 'No authorization stood behind it: all of it is collected from the wallet.',
} as const satisfies Record<ClearingOutcome, string>

const ADVICE_OUTCOME_WORDS = {
  approved: 'The bank’s approval is owed from now on, and debited from the wallet.',
  declined: 'The bank’s decline is recorded. Nothing moves.',
  already_approved: 'It had been approved here for as much. Nothing more moves.',
  already_reversed: 'Its reversal came first. Nothing moves.',
} as const satisfies Record<AdviceOutcome, string>

const SAFE_TO_REPEAT = ['Send it again: the same message is never counted twice.'] as const

/** The receipt of a reversal. `name` says of what. */
export function renderReversal(
  name: string,
  receipt: Delivery<ReversalBody, ReversalAnswer>,
  paint: Paint,
): readonly string[] {
  const { reason, replacementAmount } = receipt.body
  return [
    '',
    labelled('Reversal of', name),
    labelled('Reason', reason),
    ...(replacementAmount ? [labelled('Lower it to', tellAmount(replacementAmount))] : []),
    ...renderOutcome(receipt, paint, {
      renderAnswer: ({ outcome, responseCode, releasedAmount, heldAmount }) => [
        labelled('Outcome', paint.good(outcome)),
        labelled('', REVERSAL_OUTCOME_WORDS[outcome]),
        labelled('Response code', responseCode),
        ...(releasedAmount ? [labelled('Released', tellAmount(releasedAmount))] : []),
        ...(heldAmount ? [labelled('Still held', tellAmount(heldAmount))] : []),
      ],
      renderEnd: (answer) => [
        labelled('Reversal', answer.reversalId),
        ...renderAuthorization(answer.authorizationId),
      ],
      whenLost: ['Send it again: reversing twice is safe.'],
    }),
  ]
}

/** The receipt of a presentment. `name` says of what. */
export function renderClearing(
  name: string,
  receipt: Delivery<ClearingBody, ClearingAnswer>,
  paint: Paint,
): readonly string[] {
  const { body, bankName } = receipt
  const isLast = body.last ?? true
  return [
    '',
    labelled('Clearing of', name),
    ...renderSender(body, body.cardToken, bankName),
    RULE,
    labelled(
      'Presented',
      `${paint.strong(tellAmount(body.clearingAmount))}, ${isLast ? 'the last' : 'not the last'}`,
    ),
    ...renderOutcome(receipt, paint, {
      renderAnswer: (answer) => [
        labelled('Outcome', paint.good(answer.outcome)),
        labelled('', CLEARING_OUTCOME_WORDS[answer.outcome]),
        labelled('Response code', answer.responseCode),
        labelled('Cleared', tellAmount(answer.clearedAmount)),
        labelled('From the hold', tellAmount(answer.fromHoldAmount)),
        labelled('Exposed', tellAmount(answer.exposedAmount)),
        labelled('Released', tellAmount(answer.releasedAmount)),
      ],
      renderEnd: (answer) => [
        labelled('Clearing', answer.clearingId),
        ...renderAuthorization(answer.authorizationId),
      ],
      whenLost: SAFE_TO_REPEAT,
    }),
  ]
}

/** The receipt of a refund. `name` says of what. */
export function renderRefund(
  name: string,
  receipt: Delivery<RefundBody, RefundAnswer>,
  paint: Paint,
): readonly string[] {
  const { body, bankName } = receipt
  return [
    '',
    labelled('Refund of', name),
    ...renderSender(body, body.cardToken, bankName),
    RULE,
    labelled('Amount', paint.strong(tellAmount(body.refundAmount))),
    ...renderOutcome(receipt, paint, {
      renderAnswer: (answer) => [
        labelled('Decision', decisionWord(answer.decision, paint)),
        ...(answer.reason ? [labelled('Reason', answer.reason)] : []),
        labelled('Response code', answer.responseCode),
        ...renderMessages(answer.messages),
        ...(answer.credits ?? []).map(({ amount, asset, exchange, rate, rateOf }) =>
          labelled(
            'Credited',
            `${amount} ${asset} at ${exchange}, 1 ${asset} = ${rate} (${rateOf})`,
          ),
        ),
      ],
      renderEnd: (answer) => [
        labelled('Refund', answer.refundId),
        ...renderAuthorization(answer.authorizationId),
      ],
      whenLost: SAFE_TO_REPEAT,
    }),
  ]
}

/** The receipt of an advice. `name` says of what, where it names an original. */
export function renderAdvice(
  name: string | undefined,
  receipt: Delivery<AdviceBody, AdviceAnswer>,
  paint: Paint,
): readonly string[] {
  const { body, bankName } = receipt
  return [
    ...renderSale(body, bankName, paint),
    ...(name === undefined ? [] : [labelled('Advice of', name)]),
    labelled('The bank said', `${body.decision}, because ${body.reason}`),
    ...renderOutcome(receipt, paint, {
      renderAnswer: ({ outcome, responseCode }) => [
        labelled('Outcome', paint.good(outcome)),
        labelled('', ADVICE_OUTCOME_WORDS[outcome]),
        labelled('Response code', responseCode),
      ],
      renderEnd: ({ authorizationId, originalAuthorizationId }) => [
        ...renderAuthorization(authorizationId),
        ...(originalAuthorizationId ? [labelled('Original', originalAuthorizationId)] : []),
      ],
      whenLost: SAFE_TO_REPEAT,
    }),
  ]
}

function renderAuthorization(id: string | undefined): readonly string[] {
  return id === undefined ? [] : [labelled('Authorization', id)]
}
