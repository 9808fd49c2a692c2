import { readFileSync } from 'node:fs'
import type { Client } from '@tolem/client'
import { CARD_STATUSES, type CardStatus } from '@tolem/domain/card'
import { type CardBody, cardBody, cardControlsBody } from '@tolem/wire/card'
import { Argument, type Command } from 'commander'
import { z } from 'zod'
import {
  type CommonOptions,
  chooseCardToken,
  findCardBank,
  openDemo,
  tellUnreachable,
  withClient,
} from '../banks.ts'
import { renderCard } from '../card-receipt.ts'
import { type ControlWords, readControls } from '../control-words.ts'
import { rememberCard } from '../home.ts'
import { labelled } from '../lines.ts'
import { Mistake } from '../mistake.ts'
import { renderProblem } from '../receipt.ts'
import type { Toolbox } from '../toolbox.ts'

/** Whose card. */
export type PartOptions = CommonOptions & { readonly bank?: string; readonly card?: string }
type ControlsOptions = PartOptions & ControlWords & { readonly from?: string }
/** A call that changes a part of a card. */
export type Change = (client: Client, token: string) => ReturnType<Client['putCard']>

/** What each command's help says of its end. */
export const EXIT_CODES = 'Ends with 0 when that worked, 1 otherwise.'

/** `card status` and `card controls`: a part of a card alone. Each ends with 0 when that worked. */
export function addCardParts(card: Command, toolbox: Toolbox): void {
  addStatus(card, toolbox)
  addControls(card, toolbox)
}

function addStatus(card: Command, toolbox: Toolbox): void {
  addWhoseCard(card.command('status'))
    .description('change the status of a card')
    .addArgument(new Argument('<status>', 'its new status').choices(CARD_STATUSES))
    .addHelpText(
      'after',
      `\n${EXIT_CODES}\n\nExample:\n  npm run terminal -- card status frozen --bank halyk`,
    )
    .action(async (status: CardStatus, _, self: Command) => {
      const change: Change = (client, token) => client.putStatus(token, status)
      toolbox.endWith(await changeCard(toolbox, self.optsWithGlobals(), change))
    })
}

function addControls(card: Command, toolbox: Toolbox): void {
  const lists = 'types, channels, merchantCategories, countries or exchanges'
  addWhoseCard(card.command('controls'))
    .description('replace the cardholder’s own controls; without options, by none')
    .option('--allow <list:items...>', `only these: ${lists}`)
    .option('--deny <list:items...>', 'all but these')
    .option('--limit <window:kzt...>', 'of a transaction, day, month or of so many hours')
    .option('--from <file>', 'the whole of them as JSON, instead of words')
    .addHelpText(
      'after',
      `\n${EXIT_CODES}\n\nExamples:
  npm run terminal -- card controls --bank halyk --deny countries:US,RU --limit day:50000.00
  npm run terminal -- card controls --bank halyk --allow channels:pos,atm --limit 24h:20000.00`,
    )
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<ControlsOptions>()
      const controls = check(cardControlsBody, readGiven(options), 'These are no controls')
      const change: Change = (client, token) => client.putControls(token, controls)
      toolbox.endWith(await changeCard(toolbox, options, change))
    })
}

/** Adds the options that say whose card it is. */
export function addWhoseCard(command: Command): Command {
  return command
    .option('--bank <id>', 'whose card it is, such as halyk')
    .option('--card <token>', 'card token (default: the first demo card of the bank)')
}

/** Changes a card and shows it as it then is. Gives the exit code. */
export async function changeCard(
  toolbox: Toolbox,
  options: PartOptions,
  change: Change,
): Promise<number> {
  const demo = openDemo(options)
  const bank = findCardBank(demo, options.bank)
  const token = chooseCardToken(bank, options.card)
  const result = await withClient(demo, bank, (client) => change(client, token))
  const { out, paint } = toolbox.shell
  if (result.kind === 'unreachable') throw new Mistake(tellUnreachable(demo.url, result.detail))
  if (result.kind === 'problem') {
    out(`${renderProblem(result.problem, paint).join('\n')}\n`)
    return 1
  }
  const body = bodyOf(result)
  rememberCard(options.home, { bank: bank.id, token, body })
  out(renderCard(bank, token, body))
  out(`${labelled('Version', `${result.answer.version}, in force from now`)}\n\n`)
  return 0
}

/** The whole card, as it would be put. */
export function bodyOf(
  result: Extract<Awaited<ReturnType<Change>>, { readonly kind: 'decided' }>,
): CardBody {
  const { cardToken: _, version: __, ...body } = result.answer
  return cardBody.parse(body)
}

function readGiven(options: ControlsOptions): unknown {
  const { from, allow, deny, limit } = options
  if (from === undefined) return readControls(options)
  if (allow ?? deny ?? limit) throw new Mistake('Give controls by --from or in words, not both.')
  return readJson(from)
}

/** @throws {Mistake} with the complaint and what is wrong. */
export function check<Schema extends z.ZodType>(
  schema: Schema,
  given: unknown,
  complaint: string,
): z.output<Schema> {
  const parsed = schema.safeParse(given)
  if (parsed.success) return parsed.data
  throw new Mistake(`${complaint}:\n${z.prettifyError(parsed.error)}`)
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new Mistake(`${path} cannot be read: ${String(error)}`)
  }
}
