import type { RatesAnswer } from '@tolem/wire/inquiry'
import type { Command } from 'commander'
import { type CommonOptions, findBank, openDemo, tellUnreachable, withClient } from '../banks.ts'
import { columns } from '../lines.ts'
import { Mistake } from '../mistake.ts'
import { renderProblem } from '../receipt.ts'
import type { Paint } from '../shell.ts'
import type { Toolbox } from '../toolbox.ts'

type RatesOptions = CommonOptions & { readonly bank?: string }

/** `rates`: ends with 0 when they could be read. */
export function addRates(program: Command, toolbox: Toolbox): void {
  program
    .command('rates')
    .description('show the rates that would be quoted from now')
    .option('--bank <id>', 'who asks (default: the first demo bank)')
    .addHelpText(
      'after',
      '\nEnds with 0 when they could be read, 1 otherwise.\n\nExample:\n  npm run terminal -- rates',
    )
    .action(async (_, command: Command) => {
      toolbox.endWith(await rates(toolbox, command.optsWithGlobals()))
    })
}

async function rates({ shell }: Toolbox, options: RatesOptions): Promise<number> {
  const demo = openDemo(options)
  const bank = findBank(demo, options.bank ?? demo.banks[0]?.id ?? '')
  const result = await withClient(demo, bank, (client) => client.rates())
  if (result.kind === 'unreachable') throw new Mistake(tellUnreachable(demo.url, result.detail))
  if (result.kind === 'problem') {
    shell.out(`${renderProblem(result.problem, shell.paint).join('\n')}\n`)
    return 1
  }
  shell.out(renderRates(result.answer, shell.paint))
  return 0
}

/** The rates as a table, and how old one may be. */
export function renderRates({ rates, maximumAgeMs }: RatesAnswer, paint: Paint): string {
  const rows = rates.map((rate) => [
    rate.exchange,
    rate.pair,
    rate.state === 'safe' ? paint.good(rate.state) : paint.bad(rate.state),
    rate.bid ?? '-',
    rate.ask ?? '-',
    `${rate.ageMs} ms`,
  ])
  const head = ['Exchange', 'Pair', 'State', 'Bid KZT', 'Ask KZT', 'Age']
  const table = rows.length > 0 ? columns(head, rows, [3, 4, 5]) : '  No rate is known.'
  return `\n${table}\n\n  A rate may be ${maximumAgeMs} ms old; without a safe one we decline.\n\n`
}
