import { DemoFileMistake } from '@tolem/client/demo-file'
import { createMessageNumbers } from '@tolem/client/message-numbers'
import { Command, CommanderError } from 'commander'
import { addAdvise } from './commands/advise.ts'
import { addBalance } from './commands/balance.ts'
import { addCard } from './commands/card.ts'
import { addClear, addRefund } from './commands/clear.ts'
import { addEcho } from './commands/echo.ts'
import { addIncrement } from './commands/increment.ts'
import { addList } from './commands/list.ts'
import { addLoad } from './commands/load.ts'
import { addPurchase, addWithdraw } from './commands/purchase.ts'
import { addRates } from './commands/rates.ts'
import { addExpire, addReverse } from './commands/reverse.ts'
import { addScenario } from './commands/scenario.ts'
import { addShow } from './commands/show.ts'
import { addVerify } from './commands/verify.ts'
import type { TerminalConfig } from './config.ts'
import { Mistake } from './mistake.ts'
import { readUrl } from './option-readers.ts'
import type { Shell } from './shell.ts'
import type { Toolbox } from './toolbox.ts'

/** The command line. */
export type Terminal = {
  /** Runs one command and gives the exit code: 0 went well, 2 declined, 1 anything else. */
  run(words: readonly string[]): Promise<number>
}

/** Joins the commands. */
export function composeTerminal(shell: Shell, config: TerminalConfig): Terminal {
  return {
    async run(words) {
      let exitCode = 0
      const toolbox: Toolbox = {
        shell,
        nextNumbers: createMessageNumbers({
          now: shell.now,
          firstNumber: Math.floor(shell.random() * 999_999),
        }),
        endWith: (code) => {
          exitCode = code
        },
      }
      try {
        await createProgram(toolbox, config).parseAsync(words, { from: 'user' })
        return exitCode
      } catch (error) {
        // Commander has already said what it found; our own mistakes are sentences for the person who made them.
        if (error instanceof CommanderError) return error.exitCode
        if (!(error instanceof Mistake || error instanceof DemoFileMistake)) throw error
        shell.error(`${error.message}\n`)
        return 1
      }
    },
  }
}

/** In the order of a transaction's life, which is that of the help. */
const COMMANDS = [
  addPurchase,
  addWithdraw,
  addVerify,
  addIncrement,
  addAdvise,
  addReverse,
  addExpire,
  addClear,
  addRefund,
  addBalance,
  addShow,
  addList,
  addCard,
  addRates,
  addEcho,
  addScenario,
  addLoad,
] as const

function createProgram(toolbox: Toolbox, config: TerminalConfig): Command {
  const { shell } = toolbox
  const program = new Command('npm run terminal --')
    .description('A till and a bank for Tolem: the whole life of a card transaction.')
    .option('--home <directory>', 'where demo.json is (TOLEM_HOME)', config.TOLEM_HOME)
    .option(
      '--url <address>',
      'the bank API (TOLEM_URL, else demo.json)',
      readUrl,
      config.TOLEM_URL,
    )
    .exitOverride()
    .configureOutput({
      writeOut: shell.out,
      writeErr: shell.error,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .addHelpText(
      'after',
      '\nA command ends with 0 when it went well, with 2 when it was declined, else with 1.' +
        '\n\nExample:\n  npm run terminal -- purchase --bank halyk --amount 12500.00',
    )
  for (const add of COMMANDS) add(program, toolbox)
  return program
}
