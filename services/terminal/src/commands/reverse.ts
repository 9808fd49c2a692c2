import type { DemoBank, DemoFile } from '@tolem/client/demo-file'
import type { Result } from '@tolem/client/result'
import { REVERSAL_REASONS, type ReversalOutcome, type ReversalReason } from '@tolem/domain/reversal'
import type { ReversalAnswer, ReversalBody } from '@tolem/wire/reversal'
import { type Command, Option } from 'commander'
import { type CommonOptions, findBank, findOwner, openDemo, withClient } from '../banks.ts'
import { readLastPurchase } from '../home.ts'
import { labelled } from '../lines.ts'
import { reversalBody } from '../messages.ts'
import { Mistake } from '../mistake.ts'
import { renderProblem } from '../receipt.ts'
import type { Paint } from '../shell.ts'
import type { Toolbox } from '../toolbox.ts'

type ReverseOptions = CommonOptions & {
  readonly id?: string
  readonly last?: boolean
  readonly bank?: string
  readonly reason?: ReversalReason
}

type Target = {
  readonly bank: DemoBank
  readonly original: ReversalBody['original']
  readonly name: string
  readonly usualReason: ReversalReason
}

const OUTCOMES = {
  reversed: 'The purchase is undone. What was debited goes back to the wallet within seconds.',
  partially_reversed:
    'The amount is lowered. The difference goes back to the wallet within seconds.',
  already_cleared: 'It has been cleared: a refund can give it back.',
  already_reversed: 'An earlier reversal had already undone it.',
  nothing_to_reverse: 'It was declined: nothing had moved.',
  stopped: 'It was still being decided, and will be declined.',
  recorded_before_original: 'It has not arrived yet, and will be declined when it does.',
} as const satisfies Record<ReversalOutcome, string>

/** `reverse`: ends with 0 whenever the reversal was taken, 1 otherwise. */
export function addReverse(program: Command, toolbox: Toolbox): void {
  program
    .command('reverse')
    .description('undo a purchase; without options, the last one')
    .addOption(new Option('--id <authorization>', 'which one, such as aut_…').conflicts('last'))
    .option('--last', 'the last purchase from this home, also when its answer never came')
    .option('--bank <id>', 'whose it is (default: found out by asking)')
    .addOption(
      new Option('--reason <reason>', 'default: customer_cancellation, or no_response').choices(
        REVERSAL_REASONS,
      ),
    )
    .addHelpText('after', '\nExample:\n  npm run terminal -- reverse --last')
    .action(async (_, command: Command) => {
      toolbox.endWith(await reverse(toolbox, command.optsWithGlobals()))
    })
}

async function reverse(toolbox: Toolbox, options: ReverseOptions): Promise<number> {
  const demo = openDemo(options)
  const target =
    options.id === undefined
      ? findLast(demo, options.home)
      : await findById(demo, options.id, options)
  const reason = options.reason ?? target.usualReason
  const body = reversalBody(target.original, reason, toolbox.nextNumbers())
  const result = await withClient(demo, target.bank, (client) => client.reverse(body))
  const { out, paint } = toolbox.shell
  out(
    [
      '',
      labelled('Reversal of', target.name),
      labelled('Reason', reason),
      ...renderResult(result, demo.url, paint),
      '',
    ].join('\n'),
  )
  return result.kind === 'decided' ? 0 : 1
}

function findLast(demo: DemoFile, home: string): Target {
  const last = readLastPurchase(home)
  if (!last) throw new Mistake('No purchase was made from this home. Name one: reverse --id aut_…')
  const { authorizationId, networkKey } = last
  return {
    bank: findBank(demo, last.bank),
    original: authorizationId === undefined ? networkKey : { authorizationId },
    name: `${last.amount} KZT at ${last.merchant}, ${authorizationId ?? 'never answered'}`,
    usualReason: authorizationId === undefined ? 'no_response' : 'customer_cancellation',
  }
}

async function findById(demo: DemoFile, id: string, options: ReverseOptions): Promise<Target> {
  const last = readLastPurchase(options.home)
  const bankId = options.bank ?? (last?.authorizationId === id ? last.bank : undefined)
  const bank = bankId ? findBank(demo, bankId) : (await findOwner(demo, demo.banks, id)).bank
  return {
    bank,
    original: { authorizationId: id },
    name: `${id}, ${bank.name}`,
    usualReason: 'customer_cancellation',
  }
}

function renderResult(result: Result<ReversalAnswer>, url: string, paint: Paint): string[] {
  switch (result.kind) {
    case 'decided': {
      const { outcome, reversalId, responseCode } = result.answer
      return [
        labelled('Outcome', paint.good(outcome)),
        labelled('', OUTCOMES[outcome]),
        labelled('Reversal', `${reversalId}, response code ${responseCode}`),
        '',
      ]
    }
    case 'problem':
      return [...renderProblem(result.problem, paint), '']
    case 'unreachable':
      return [
        labelled('Outcome', paint.bad('NO ANSWER')),
        labelled('', `from ${url}: ${result.detail}`),
        labelled('', 'Send it again: reversing twice is safe.'),
        '',
      ]
  }
}
