import type { Command } from 'commander'
import { openDemo } from '../banks.ts'
import { dispatch, type ShowOptions } from '../delivery.ts'
import { labelled } from '../lines.ts'
import { type Remembered, remember } from '../memory.ts'
import { incrementBody } from '../messages/follow-ups.ts'
import { type Sale, saleLike } from '../messages/sale.ts'
import { readTenge } from '../option-readers.ts'
import { renderReceipt } from '../receipt.ts'
import { addShowOptions, showOptionsOf } from '../sale-options.ts'
import { addTargetOptions, findTarget, type TargetOptions } from '../target.ts'
import type { Toolbox } from '../toolbox.ts'

type IncrementOptions = TargetOptions & ShowOptions & { readonly amount: string }

/** `increment`: ends with 0 when approved, 2 when declined, 1 when there is no decision. */
export function addIncrement(program: Command, toolbox: Toolbox): void {
  const command = program
    .command('increment')
    .description('raise what an authorization holds; without --id, the last one')
  addShowOptions(addTargetOptions(command))
    .requiredOption('--amount <kzt>', 'what is added, in tenge', readTenge)
    .addHelpText(
      'after',
      '\nEnds with 0 when approved, 2 when declined, 1 when there is no decision.\n\n' +
        'Example:\n  npm run terminal -- increment --amount 5000.00',
    )
    .action(async (_, self: Command) => {
      toolbox.endWith(await increment(toolbox, self.optsWithGlobals()))
    })
}

async function increment(toolbox: Toolbox, options: IncrementOptions): Promise<number> {
  const demo = openDemo(options)
  const target = await findTarget(demo, options)
  const { bank, original, cardToken } = target
  const sale: Sale = {
    ...(target.body && saleLike(target.body)),
    cardToken,
    amount: options.amount,
  }
  const body = incrementBody({ original, sale }, toolbox.nextNumbers())
  const message: Remembered = {
    kind: 'increment',
    bank: bank.id,
    amount: options.amount,
    body,
  }
  remember(options.home, message)
  return dispatch(
    toolbox,
    {
      demo,
      bank,
      body,
      send: (client, copy) => client.increment(copy),
      note: ({ authorizationId }) => remember(options.home, { ...message, authorizationId }),
      render: (delivery) => [
        '',
        labelled('Increment of', target.name),
        ...renderReceipt(delivery, toolbox.shell.paint),
      ],
    },
    showOptionsOf(options),
  )
}
