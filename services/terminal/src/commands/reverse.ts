import { REVERSAL_REASONS, type ReversalReason } from '@tolem/domain/reversal'
import { type Command, Option } from 'commander'
import { openDemo } from '../banks.ts'
import { dispatch, type ShowOptions } from '../delivery.ts'
import { renderReversal } from '../follow-up-receipts.ts'
import { reversalBody } from '../messages/follow-ups.ts'
import { readTenge } from '../option-readers.ts'
import { addShowOptions, showOptionsOf } from '../sale-options.ts'
import { addTargetOptions, findTarget, type Target, type TargetOptions } from '../target.ts'
import type { Toolbox } from '../toolbox.ts'

type ReverseOptions = TargetOptions &
  ShowOptions & { readonly reason?: ReversalReason; readonly to?: string }

const EXIT_CODES = 'Ends with 0 whenever it was taken, 1 otherwise.'

/** `reverse`: ends with 0 whenever the reversal was taken, 1 otherwise. */
export function addReverse(program: Command, toolbox: Toolbox): void {
  const command = program
    .command('reverse')
    .description('undo an authorization or lower it; without options, the last one')
  addShowOptions(addTargetOptions(command))
    .option('--to <kzt>', 'lower it to this (default: undo all of it)', readTenge)
    .addOption(
      new Option(
        '--reason <reason>',
        'default: customer_cancellation; no_response where no answer came; completed_partially with --to',
      ).choices(REVERSAL_REASONS),
    )
    .addHelpText(
      'after',
      `\n${EXIT_CODES}\n\nExamples:
  npm run terminal -- reverse --last
  npm run terminal -- reverse --last increment
  npm run terminal -- reverse --to 30000.00 --reason completed_partially
  npm run terminal -- reverse --reason no_cash_dispensed`,
    )
    .action(async (_, self: Command) => {
      toolbox.endWith(await reverse(toolbox, self.optsWithGlobals()))
    })
}

/** `expire`: an early end of a hold, told by the bank. Ends as `reverse` does. */
export function addExpire(program: Command, toolbox: Toolbox): void {
  const command = program
    .command('expire')
    .description('let a hold expire early: nobody will clear it')
  addShowOptions(addTargetOptions(command))
    .addHelpText('after', `\n${EXIT_CODES}\n\nExample:\n  npm run terminal -- expire --last`)
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<ReverseOptions>()
      toolbox.endWith(await reverse(toolbox, { ...options, reason: 'authorization_expired' }))
    })
}

async function reverse(toolbox: Toolbox, options: ReverseOptions): Promise<number> {
  const demo = openDemo(options)
  const target = await findTarget(demo, options)
  const { to } = options
  const body = reversalBody(
    {
      original: target.original,
      terminalId: target.body?.terminal.id,
      reason: options.reason ?? usualReason(target, to),
      to,
    },
    toolbox.nextNumbers(),
  )
  return dispatch(
    toolbox,
    {
      demo,
      bank: target.bank,
      body,
      send: (client, copy) => client.reverse(copy),
      render: (delivery) => renderReversal(target.name, delivery, toolbox.shell.paint),
    },
    showOptionsOf(options),
  )
}

function usualReason({ isAnswered }: Target, to: string | undefined): ReversalReason {
  if (!isAnswered) return 'no_response'
  return to === undefined ? 'customer_cancellation' : 'completed_partially'
}
