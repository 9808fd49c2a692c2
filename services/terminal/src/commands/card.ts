import { readFileSync } from 'node:fs'
import type { DemoBank } from '@tolem/client/demo-file'
import { CARD_STATUSES } from '@tolem/domain/card'
import { type CardBody, cardBody } from '@tolem/wire/card'
import { type Command, Option } from 'commander'
import { z } from 'zod'
import {
  type CommonOptions,
  chooseCardToken,
  findCardBank,
  openDemo,
  tellUnreachable,
  withClient,
} from '../banks.ts'
import { type CardChanges, changeCard } from '../card-changes.ts'
import { renderCard } from '../card-receipt.ts'
import { rememberCard } from '../home.ts'
import { labelled } from '../lines.ts'
import { Mistake } from '../mistake.ts'
import { readNumber, readTengeOrNone } from '../option-readers.ts'
import { renderProblem } from '../receipt.ts'
import type { Toolbox } from '../toolbox.ts'
import { addCardLink } from './card-link.ts'
import { addCardParts } from './card-parts.ts'

type CardOptions = CommonOptions &
  CardChanges & { readonly bank?: string; readonly card?: string; readonly from?: string }

/** `card`: shows a card as it was last put, or puts it with changes. Ends with 0 when that worked. */
export function addCard(program: Command, toolbox: Toolbox): void {
  const command = program
    .command('card')
    .description('show a card as it was last put, or change it')
    .option('--bank <id>', 'whose card it is, such as halyk')
    .option('--card <token>', 'card token (default: the first demo card of the bank)')
    .option(
      '--from <file>',
      'start from the whole card in this JSON file, as PUT /v1/cards takes it',
    )
    .addOption(new Option('--status <status>', 'its new status').choices(CARD_STATUSES))
    .option('--expires <YYYY-MM>', 'the last month in which it pays')
    .option('--per-transaction <kzt>', 'limit of one purchase, or none', readTengeOrNone)
    .option('--daily <kzt>', 'limit of a day, or none', readTengeOrNone)
    .option(
      '--daily-count <number>',
      'purchases in a day',
      readNumber({ least: 0, most: 100_000, isWhole: true }),
    )
    .option('--monthly <kzt>', 'limit of a month, or none', readTengeOrNone)
    .addHelpText(
      'after',
      '\nEnds with 0 when that worked, 1 otherwise.\n\nExample:\n' +
        '  npm run terminal -- card --bank halyk --status frozen --daily 100000.00',
    )
    .action(async (_, self: Command) => {
      toolbox.endWith(await card(toolbox, self.optsWithGlobals()))
    })
  addCardParts(command, toolbox)
  addCardLink(command, toolbox)
}

async function card(toolbox: Toolbox, options: CardOptions): Promise<number> {
  const demo = openDemo(options)
  const bank = findCardBank(demo, options.bank)
  const token = chooseCardToken(bank, options.card)
  const present = readPresentCard(bank, token, options.from)
  const body = changeCard(present, options)
  const isShownOnly = options.from === undefined && isSame(body, present)
  const { out, paint } = toolbox.shell
  if (isShownOnly) {
    out(renderCard(bank, token, present))
    return 0
  }
  const result = await withClient(demo, bank, (client) => client.putCard(token, body))
  if (result.kind === 'unreachable') throw new Mistake(tellUnreachable(demo.url, result.detail))
  if (result.kind === 'problem') {
    out(`${renderProblem(result.problem, paint).join('\n')}\n`)
    return 1
  }
  rememberCard(options.home, { bank: bank.id, token, body })
  out(renderCard(bank, token, body))
  out(`${labelled('Version', `${result.answer.version}, in force from now`)}\n\n`)
  return 0
}

/** A card can be put but not read, so that what is not put from here is not known here. */
function readPresentCard(bank: DemoBank, token: string, from: string | undefined): CardBody {
  if (from !== undefined) return readCardFile(from)
  const known = bank.cards.find((card) => card.token === token)?.card
  if (known) return known
  throw new Mistake(
    `demo.json does not say how ${token} of ${bank.name} was last put, and the API has no way of ` +
      'reading a card. Give the whole card: --from card.json',
  )
}

function readCardFile(path: string): CardBody {
  try {
    return cardBody.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    const why = error instanceof z.ZodError ? `\n${z.prettifyError(error)}` : ` ${String(error)}`
    throw new Mistake(`${path} does not hold a card:${why}`)
  }
}

function isSame(one: CardBody, other: CardBody): boolean {
  return JSON.stringify(cardBody.parse(one)) === JSON.stringify(cardBody.parse(other))
}
