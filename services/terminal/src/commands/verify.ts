import type { Command } from 'commander'
import { type CommonOptions, chooseCardToken, findBank, openDemo } from '../banks.ts'
import { dispatch, type ShowOptions } from '../delivery.ts'
import { purchaseBody } from '../messages/sale.ts'
import { renderReceipt } from '../receipt.ts'
import { addShowOptions, showOptionsOf } from '../sale-options.ts'
import type { Toolbox } from '../toolbox.ts'

type VerifyOptions = CommonOptions & ShowOptions & { readonly bank: string; readonly card?: string }

/** `verify`: ends with 0 when the card is good, 2 when it is not, 1 when there is no decision. */
export function addVerify(program: Command, toolbox: Toolbox): void {
  const command = program
    .command('verify')
    .description('ask whether a card would pay: an account verification of nothing')
    .requiredOption('--bank <id>', 'whose card it is, such as halyk')
    .option('--card <token>', 'card token (default: the first demo card of the bank)')
  addShowOptions(command)
    .addHelpText(
      'after',
      '\nEnds with 0 when the card is good, 2 when it is not, 1 when there is no decision.\n\n' +
        'Example:\n  npm run terminal -- verify --bank halyk',
    )
    .action(async (_, self: Command) => {
      toolbox.endWith(await verify(toolbox, self.optsWithGlobals()))
    })
}

async function verify(toolbox: Toolbox, options: VerifyOptions): Promise<number> {
  const demo = openDemo(options)
  const bank = findBank(demo, options.bank)
  const body = purchaseBody(
    {
      type: 'account_verification',
      cardToken: chooseCardToken(bank, options.card),
      amount: '0.00',
      channel: 'ecommerce',
      merchantName: 'Tolem web shop',
    },
    toolbox.nextNumbers(),
  )
  return dispatch(
    toolbox,
    {
      demo,
      bank,
      body,
      send: (client, copy) => client.authorize(copy),
      render: (delivery) => renderReceipt(delivery, toolbox.shell.paint),
    },
    showOptionsOf(options),
  )
}
