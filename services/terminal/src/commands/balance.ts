import type { BalanceAnswer, BalanceInquiryBody } from '@tolem/wire/balance'
import type { Command } from 'commander'
import { type CommonOptions, chooseCardToken, findBank, openDemo } from '../banks.ts'
import { type Delivery, dispatch } from '../delivery.ts'
import { columns, labelled, RULE } from '../lines.ts'
import { saleFields } from '../messages/sale.ts'
import {
  decisionWord,
  renderMessages,
  renderOutcome,
  renderSender,
  tellAmount,
} from '../receipt.ts'
import type { Paint } from '../shell.ts'
import type { Toolbox } from '../toolbox.ts'

type BalanceOptions = CommonOptions & {
  readonly bank: string
  readonly card?: string
  readonly json?: boolean
}

/** `balance`: ends with 0 when it was told, 2 when it was declined, 1 when there is no answer. */
export function addBalance(program: Command, toolbox: Toolbox): void {
  program
    .command('balance')
    .description('ask at a cash machine what the wallet would buy now')
    .requiredOption('--bank <id>', 'whose card it is, such as halyk')
    .option('--card <token>', 'card token (default: the first demo card of the bank)')
    .option('--json', 'print request, answer and timing as JSON')
    .addHelpText(
      'after',
      '\nEnds with 0 when it was told, 2 when it was declined, 1 when there is no answer.\n\n' +
        'Example:\n  npm run terminal -- balance --bank forte',
    )
    .action(async (_, self: Command) => {
      toolbox.endWith(await balance(toolbox, self.optsWithGlobals()))
    })
}

async function balance(toolbox: Toolbox, options: BalanceOptions): Promise<number> {
  const demo = openDemo(options)
  const bank = findBank(demo, options.bank)
  const cardToken = chooseCardToken(bank, options.card)
  const place = {
    channel: 'atm',
    merchantName: 'Tolem cash machine',
    categoryCode: '6011',
  } as const
  const sale = { ...place, cardToken, amount: '0.00' }
  const { type: _, transactionAmount: __, ...body } = saleFields(sale, toolbox.nextNumbers())
  const { json = false } = options
  return dispatch(
    toolbox,
    {
      demo,
      bank,
      body,
      send: (client, copy) => client.inquireBalance(copy),
      render: (delivery) => renderBalance(delivery, toolbox.shell.paint),
    },
    { json },
  )
}

function renderBalance(
  receipt: Delivery<BalanceInquiryBody, BalanceAnswer>,
  paint: Paint,
): readonly string[] {
  const { body, bankName } = receipt
  return [
    '',
    ...renderSender(body, body.cardToken, bankName),
    RULE,
    ...renderOutcome(receipt, paint, {
      renderAnswer: (answer) => renderAnswer(answer, paint),
      renderEnd: () => [],
      whenLost: ['Asking changes nothing: ask again.'],
    }),
  ]
}

function renderAnswer(answer: BalanceAnswer, paint: Paint): readonly string[] {
  const { available, assets = [], notCounted = [] } = answer
  return [
    labelled('Decision', decisionWord(answer.decision, paint)),
    ...(answer.reason ? [labelled('Reason', answer.reason)] : []),
    labelled('Response code', answer.responseCode),
    ...(available ? [labelled('Available', paint.strong(tellAmount(available)))] : []),
    ...(assets.length > 0
      ? [
          columns(
            ['Exchange', 'Asset', 'Holds', 'Would buy'],
            assets.map((one) => [one.exchange, one.asset, one.amount, tellAmount(one.available)]),
            [2, 3],
          ),
        ]
      : []),
    ...notCounted.map(({ exchange, asset, reason }) =>
      labelled('Not counted', `${asset} at ${exchange}: ${reason}`),
    ),
    ...renderMessages(answer.messages),
  ]
}
