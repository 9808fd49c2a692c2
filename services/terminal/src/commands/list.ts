import type { ListQuery } from '@tolem/client'
import { localDateTime } from '@tolem/domain/local-day'
import { type AuthorizationSummary, authorizationSummary } from '@tolem/wire/inquiry'
import { type Command, Option } from 'commander'
import { type CommonOptions, findBank, openDemo, tellUnreachable, withClient } from '../banks.ts'
import { columns } from '../lines.ts'
import { Mistake } from '../mistake.ts'
import { readNumber } from '../option-readers.ts'
import { renderProblem } from '../receipt.ts'
import type { Toolbox } from '../toolbox.ts'

type ListOptions = CommonOptions & {
  readonly bank: string
  readonly card?: string
  readonly state?: AuthorizationSummary['state']
  readonly kind?: AuthorizationSummary['kind']
  readonly from?: string
  readonly to?: string
  readonly most: number
  readonly json?: boolean
}

const LARGEST_PAGE = 200

/** `list`: ends with 0 when everything that was asked for could be read, 1 otherwise. */
export function addList(program: Command, toolbox: Toolbox): void {
  const { state, kind } = authorizationSummary.shape
  program
    .command('list')
    .description('list the authorizations of a bank, the latest first')
    .requiredOption('--bank <id>', 'whose they are, such as halyk')
    .option('--card <token>', 'of this card only')
    .addOption(new Option('--state <state>', 'in this state only').choices(state.options))
    .addOption(new Option('--kind <kind>', 'of this kind only').choices(kind.options))
    .option('--from <instant>', 'received then or later, such as 2026-11-22T00:00:00+05:00')
    .option('--to <instant>', 'received before')
    .option(
      '--most <number>',
      'how many at most',
      readNumber({ least: 1, most: 100_000, isWhole: true }),
      20,
    )
    .option('--json', 'print one JSON line for each')
    .addHelpText(
      'after',
      '\nEnds with 0 when all of it could be read, 1 otherwise.\n\nExample:\n' +
        '  npm run terminal -- list --bank halyk --state approved --most 50',
    )
    .action(async (_, self: Command) => {
      toolbox.endWith(await list(toolbox, self.optsWithGlobals()))
    })
}

async function list({ shell }: Toolbox, options: ListOptions): Promise<number> {
  const demo = openDemo(options)
  const bank = findBank(demo, options.bank)
  const found: AuthorizationSummary[] = []
  return withClient(demo, bank, async (client) => {
    for await (const page of client.listAuthorizations(toQuery(options))) {
      if (page.kind === 'unreachable') throw new Mistake(tellUnreachable(demo.url, page.detail))
      if (page.kind === 'problem') {
        shell.out(`${renderProblem(page.problem, shell.paint).join('\n')}\n`)
        return 1
      }
      found.push(...page.answer.authorizations)
      if (found.length >= options.most) break
    }
    shell.out(render(found.slice(0, options.most), options.json))
    return 0
  })
}

function toQuery({ card, state, kind, from, to, most }: ListOptions): ListQuery {
  return {
    ...(card !== undefined && { cardToken: card }),
    ...(state && { state }),
    ...(kind && { kind }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    limit: Math.min(most, LARGEST_PAGE),
  }
}

function render(found: readonly AuthorizationSummary[], isJson = false): string {
  if (isJson) return found.map((one) => `${JSON.stringify(one)}\n`).join('')
  if (found.length === 0) return '\n  Nothing of that kind.\n\n'
  const head = ['Received (Almaty)', 'Kind', 'Type', 'State', 'Asked KZT', 'Open KZT', 'Id']
  const rows = found.map((one) => [
    localDateTime(Date.parse(one.receivedAt)).replace('T', ' '),
    one.kind,
    one.type,
    one.closedAs ?? one.reason ?? one.state,
    one.billingAmount?.value ?? '-',
    one.openAmount?.value ?? '-',
    one.authorizationId,
  ])
  return `\n${columns(head, rows, [4, 5])}\n\n`
}
