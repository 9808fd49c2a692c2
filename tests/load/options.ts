import { parseArgs } from 'node:util'

/** What `npm run bench -- …` is asked to do. */
export type BenchOptions = {
  /** How long each number of connections is measured; pgbench runs half as long after each. */
  readonly seconds: number
  readonly connections: readonly number[]
  readonly cards: number
  /**
   * Exponent of the cards' use: 0 uses all alike, 1 is the classic law. By that one card of 1,000 makes 13 % of all
   * purchases, which queue behind each other for the card's limits; no cardholder buys a hundred times a second.
   */
  readonly zipf: number
  /** pgbench's scale factor: 100,000 accounts, 10 tellers and a branch each. */
  readonly scale: number
  readonly json: boolean
  /** Where the authorizer leaves a CPU profile, when it shall. */
  readonly profile: string | undefined
}

export const USAGE = `npm run bench -- [--seconds 10] [--connections 16,64,256] [--cards 1000] [--zipf 0.5]
                [--scale 20] [--json] [--profile DIRECTORY]

  --seconds      how long each number of connections is measured; pgbench runs half as long after each
  --connections  how many requests are under way, one number for each measurement
  --cards        how many cards share the traffic
  --zipf         how unevenly: 0 not at all, 1 the classic law
  --scale        pgbench's scale factor
  --json         figures for a program
  --profile      leave a CPU profile of the authorizer in this directory

  BENCH_DATABASE_URL  measure on this PostgreSQL (two databases of our own are made and dropped again)
                      instead of an embedded one on the real disk`

/**
 * Reads the command line.
 *
 * @throws {TypeError} for what is not an option or not a number.
 */
export function readOptions(words: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      seconds: { type: 'string', default: '10' },
      connections: { type: 'string', default: '16,64,256' },
      cards: { type: 'string', default: '1000' },
      zipf: { type: 'string', default: '0.5' },
      scale: { type: 'string', default: '20' },
      json: { type: 'boolean', default: false },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  return {
    seconds: readNumber('seconds', values.seconds, 1),
    connections: values.connections.split(',').map((text) => readNumber('connections', text, 1)),
    cards: readNumber('cards', values.cards, 5),
    zipf: readNumber('zipf', values.zipf, 0),
    scale: readNumber('scale', values.scale, 1),
    json: values.json,
    profile: values.profile,
  }
}

function readNumber(name: string, text: string, least: number): number {
  const number = Number(text)
  if (text !== '' && number >= least && number <= 1_000_000) return number
  throw new TypeError(`--${name} is a number of at least ${least}, not ${JSON.stringify(text)}`)
}
