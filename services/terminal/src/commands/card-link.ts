import type { Client } from '@tolem/client'
import type { DemoBank, DemoFile } from '@tolem/client/demo-file'
import { RAILS } from '@tolem/domain/card'
import { cardWalletLinkBody } from '@tolem/wire/card'
import { type MandateAnswer, type MandateBody, mandateBody } from '@tolem/wire/mandate'
import { type Command, Option } from 'commander'
import { chooseCardToken, findCardBank, openDemo, tellUnreachable, withClient } from '../banks.ts'
import { rememberCard } from '../home.ts'
import { tellEnd, tellOffer } from '../mandate-receipt.ts'
import { Mistake } from '../mistake.ts'
import { renderProblem } from '../receipt.ts'
import type { Toolbox } from '../toolbox.ts'
import {
  addWhoseCard,
  bodyOf,
  type Change,
  changeCard,
  check,
  EXIT_CODES,
  type PartOptions,
} from './card-parts.ts'

type LinkOptions = PartOptions & {
  readonly exchange: string
  readonly rail: string
  readonly wallet?: string
  readonly user?: string
  readonly assets: string
  readonly limit?: string
  readonly follow: boolean
}

/** How often a mandate is read while somebody signs it. */
const READ_EVERY_MS = 1_000

/** `card link` and `card unlink`: which wallet pays. Each ends with 0 when that worked. */
export function addCardLink(card: Command, toolbox: Toolbox): void {
  addLink(card, toolbox)
  addUnlink(card, toolbox)
}

function addLink(card: Command, toolbox: Toolbox): void {
  addWhoseCard(card.command('link'))
    .description(
      'change which wallet pays for a card: by a mandate to be signed, or one that is known',
    )
    .requiredOption('--exchange <id>', 'of the programme, such as bybit')
    .addOption(
      new Option('--rail <rail>', 'how it is debited').choices(RAILS).makeOptionMandatory(),
    )
    .option('--wallet <id>', 'agreement number or e-mail of the sub-account, where it is known')
    .option('--user <id>', 'the exchange’s own id of the customer')
    .requiredOption('--assets <list>', 'in the cardholder’s order, such as USDT,BTC')
    .option('--limit <amount>', 'the largest single debit of the first asset, for a mandate')
    .option('--no-follow', 'do not wait until the mandate is signed')
    .addHelpText(
      'after',
      `\nWithout --wallet the cardholder gets a link and a QR code to sign a mandate by.
${EXIT_CODES}\n\nExamples:
  npm run terminal -- card link --bank halyk --exchange bybit --rail bybit-pay --assets USDT
  npm run terminal -- card link --bank halyk --exchange binance --rail binance-subaccount \\
    --wallet halyk-02@sub.tolem.example --assets USDC`,
    )
    .action(async (_, self: Command) => {
      const options = self.optsWithGlobals<LinkOptions>()
      toolbox.endWith(await link(toolbox, options))
    })
}

function addUnlink(card: Command, toolbox: Toolbox): void {
  addWhoseCard(card.command('unlink'))
    .description('take the wallet away from a card, and have its mandates ended')
    .addHelpText(
      'after',
      `\n${EXIT_CODES}\n\nExample:\n  npm run terminal -- card unlink --bank halyk`,
    )
    .action(async (_, self: Command) => {
      const change: Change = (client, token) => client.removeWalletLink(token)
      toolbox.endWith(await changeCard(toolbox, self.optsWithGlobals<PartOptions>(), change))
    })
}

function link(toolbox: Toolbox, options: LinkOptions): Promise<number> {
  const { exchange, rail, wallet: walletId, user, assets } = options
  const given = { exchange, rail, assets: assets.split(',') }
  if (walletId === undefined) return linkByMandate(toolbox, options, given)
  const named = { ...given, walletId, ...(user !== undefined && { userId: user }) }
  const body = check(cardWalletLinkBody, named, 'This is no wallet')
  return changeCard(toolbox, options, (client, token) => client.putWalletLink(token, body))
}

async function linkByMandate(
  toolbox: Toolbox,
  options: LinkOptions,
  given: { readonly assets: readonly string[] },
): Promise<number> {
  const { now, random } = toolbox.shell
  const number = `${now().toString(36)}-${Math.floor(random() * 2 ** 40).toString(36)}`
  const singleLimit = { value: options.limit, asset: given.assets[0] }
  const wanted = {
    mandateRequestId: `terminal-${number}`,
    ...given,
    ...(options.limit !== undefined && { singleLimit }),
  }
  const body = check(mandateBody, wanted, 'No mandate can be asked for; give --wallet, or mend')
  const demo = openDemo(options)
  const bank = findCardBank(demo, options.bank)
  const token = chooseCardToken(bank, options.card)
  return withClient(demo, bank, (client) =>
    ask({ toolbox, options, demo, bank, token, client }, body),
  )
}

type Asking = {
  readonly toolbox: Toolbox
  readonly options: LinkOptions
  readonly demo: DemoFile
  readonly bank: DemoBank
  readonly token: string
  readonly client: Client
}

/** Asks, shows what the cardholder signs by, and follows it. */
async function ask(asking: Asking, body: MandateBody): Promise<number> {
  const { toolbox, token, client, options } = asking
  const { out } = toolbox.shell
  const asked = understood(asking, await client.requestMandate(token, body))
  if (!asked) return 1
  const interruption = toolbox.shell.catchInterruption()
  const offered = await follow(asking, asked, { until: isAnswered, interruption })
  if (!offered) return 1
  if (offered.status !== 'offered') {
    out(tellEnd(offered, toolbox.shell.paint))
    return offered.status === 'requested' ? 0 : 1
  }
  out(tellOffer(offered, options.follow))
  if (!options.follow) return 0
  const ended = await follow(asking, offered, { until: isDecided, interruption })
  if (!ended) return 1
  out(tellEnd(ended, toolbox.shell.paint))
  if (ended.status === 'signed') await remember(asking)
  return ['signed', 'offered'].includes(ended.status) ? 0 : 1
}

const isAnswered = ({ status }: MandateAnswer) => status !== 'requested'
const isDecided = ({ status }: MandateAnswer) => status !== 'offered'

/** Reads the mandate again and again. Nothing when it could not be read. */
async function follow(
  asking: Asking,
  first: MandateAnswer,
  how: {
    readonly until: (mandate: MandateAnswer) => boolean
    readonly interruption: AbortSignal
  },
): Promise<MandateAnswer | undefined> {
  let mandate: MandateAnswer | undefined = first
  while (mandate && !how.until(mandate) && !how.interruption.aborted) {
    await asking.toolbox.shell.wait(READ_EVERY_MS, how.interruption)
    mandate = understood(asking, await asking.client.findMandate(asking.token, first.mandateId))
  }
  return mandate
}

/** The answer; a problem is shown. */
function understood(
  { toolbox, demo }: Asking,
  result: Awaited<ReturnType<Client['findMandate']>>,
): MandateAnswer | undefined {
  if (result.kind === 'unreachable') throw new Mistake(tellUnreachable(demo.url, result.detail))
  if (result.kind === 'decided') return result.answer
  toolbox.shell.out(`${renderProblem(result.problem, toolbox.shell.paint).join('\n')}\n`)
  return undefined
}

/** The card has a wallet now that nobody put from here. */
async function remember({ options, bank, token, client }: Asking): Promise<void> {
  const card = await client.findCard(token)
  if (card.kind === 'decided')
    rememberCard(options.home, { bank: bank.id, token, body: bodyOf(card) })
}
