import { type Client, createClient } from '@tolem/client'
import { type DemoBank, type DemoFile, signingKeyOf } from '@tolem/client/demo-file'
import type { CardBody } from '@tolem/wire/card'
import type { Command } from 'commander'
import {
  ANSWER_TIMEOUT_MS,
  type CommonOptions,
  chooseCardToken,
  findBank,
  openDemo,
} from '../banks.ts'
import { columns } from '../lines.ts'
import { Mistake } from '../mistake.ts'
import { SCENARIOS } from '../scenario/list.ts'
import { playScenario } from '../scenario/play.ts'
import { renderEnd, renderStart, renderStep } from '../scenario/report.ts'
import type { Scenario } from '../scenario/scenario.ts'
import type { Toolbox } from '../toolbox.ts'

type ScenarioOptions = CommonOptions & {
  readonly list?: boolean
  readonly bank: string
  readonly card?: string
  readonly json?: boolean
}

/** Enough for the copies that a scenario sends at once. */
const CONNECTIONS = 32

/** `scenario`: ends with 0 when every step was answered as expected, 1 otherwise. */
export function addScenario(program: Command, toolbox: Toolbox): void {
  program
    .command('scenario')
    .description('play a story of messages and check every answer')
    .argument('[name]', 'which one; see --list')
    .option('--list', 'name the scenarios that there are')
    .option('--bank <id>', 'whose card it is', 'halyk')
    .option('--card <token>', 'whose wallet pays (default: the first demo card’s of the bank)')
    .option('--json', 'print every step as JSON')
    .addHelpText(
      'after',
      '\nEach playing issues a card of its own. Ends with 0 when every step was answered as\n' +
        'expected, else with 1, and says what differed.\n\nExamples:\n' +
        '  npm run terminal -- scenario a-day-at-the-shop\n' +
        '  npm run terminal -- scenario --list',
    )
    .action(async (name: string | undefined, _, self: Command) => {
      const options = self.optsWithGlobals<ScenarioOptions>()
      if (options.list) return toolbox.shell.out(renderList())
      toolbox.endWith(await runScenario(toolbox, findScenario(name), options))
    })
}

async function runScenario(
  toolbox: Toolbox,
  scenario: Scenario,
  options: ScenarioOptions,
): Promise<number> {
  const { out, paint } = toolbox.shell
  const demo = openDemo(options)
  const bank = findBank(demo, options.bank)
  const token = chooseCardToken(bank, options.card)
  const card = findCard(bank, token)
  const show = options.json ? () => {} : out
  show(renderStart(scenario, bank.name, token))
  const played = await withConnections(demo, bank, (client) =>
    playScenario({ toolbox, client, card }, scenario, (step) => show(renderStep(step, paint))),
  )
  show(renderEnd(scenario, played, paint))
  const isPassed = played.every(({ differences }) => differences.length === 0)
  if (options.json) {
    const report = { scenario: scenario.name, bank: bank.id, isPassed, steps: played }
    out(`${JSON.stringify(report, undefined, 2)}\n`)
  }
  return isPassed ? 0 : 1
}

function findScenario(name: string | undefined): Scenario {
  const found = SCENARIOS.find((scenario) => scenario.name === name)
  if (found) return found
  const known = SCENARIOS.map((scenario) => scenario.name).join(', ')
  const complaint = name === undefined ? 'Which scenario?' : `There is no scenario "${name}".`
  throw new Mistake(`${complaint} There are: ${known}.`)
}

/** The new card takes its wallet from this one. */
function findCard(bank: DemoBank, token: string): CardBody {
  const card = bank.cards.find((one) => one.token === token)?.card
  if (card) return card
  throw new Mistake(`demo.json does not say from which wallet ${token} of ${bank.name} pays.`)
}

async function withConnections<T>(
  demo: DemoFile,
  bank: DemoBank,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = createClient({
    url: demo.url,
    key: signingKeyOf(bank),
    timeoutMs: ANSWER_TIMEOUT_MS,
    connections: CONNECTIONS,
  })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}

function renderList(): string {
  return `\n${columns(
    ['Scenario', 'What it shows'],
    SCENARIOS.map(({ name, title }) => [name, title]),
  )}\n\n`
}
