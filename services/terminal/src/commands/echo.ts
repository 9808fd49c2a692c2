import type { Command } from 'commander'
import { type CommonOptions, findBank, openDemo, tellUnreachable, withClient } from '../banks.ts'
import { labelled } from '../lines.ts'
import { Mistake } from '../mistake.ts'
import { renderProblem } from '../receipt.ts'
import { renderTiming } from '../timing.ts'
import type { Toolbox } from '../toolbox.ts'

type EchoOptions = CommonOptions & { readonly bank?: string }

/** `echo`: ends with 0 when Tolem is there and knows the bank, 1 otherwise. */
export function addEcho(program: Command, toolbox: Toolbox): void {
  program
    .command('echo')
    .description('ask whether Tolem is there, signed as a bank')
    .option('--bank <id>', 'who asks (default: the first demo bank)')
    .addHelpText(
      'after',
      '\nEnds with 0 when it is there and knows the bank, 1 otherwise.\n\n' +
        'Example:\n  npm run terminal -- echo --bank forte',
    )
    .action(async (_, self: Command) => {
      toolbox.endWith(await echo(toolbox, self.optsWithGlobals()))
    })
}

async function echo({ shell, nextNumbers }: Toolbox, options: EchoOptions): Promise<number> {
  const demo = openDemo(options)
  const bank = findBank(demo, options.bank ?? demo.banks[0]?.id ?? '')
  const echoId = `echo-${nextNumbers().systemTraceAuditNumber}`
  const startedAt = shell.monotonicNow()
  const result = await withClient(demo, bank, (client) => client.echo(echoId))
  const roundTripMs = shell.monotonicNow() - startedAt
  if (result.kind === 'unreachable') throw new Mistake(tellUnreachable(demo.url, result.detail))
  if (result.kind === 'problem') {
    shell.out(`${renderProblem(result.problem, shell.paint).join('\n')}\n`)
    return 1
  }
  const { answer, timing } = result
  const isSame = answer.echoId === echoId
  const lines = [
    '',
    labelled('Echo', isSame ? shell.paint.good('HEARD') : shell.paint.bad(answer.echoId)),
    labelled('Bank', bank.name),
    labelled('Response code', answer.responseCode),
    labelled('Time there', answer.serverTime),
    renderTiming(timing, roundTripMs),
    '',
    '',
  ]
  shell.out(lines.join('\n'))
  return isSame ? 0 : 1
}
