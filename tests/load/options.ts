import { count, readCommandLine, type Told } from '@tolem/config/command-line'
import { z } from 'zod'

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
  readonly profile?: string | undefined
}

const USAGE = `npm run bench -- [--seconds 10] [--connections 16,64,256] [--cards 1000] [--zipf 0.5]
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

const connections = z
  .string()
  .default('16,64,256')
  .transform((text) => text.split(',').map(Number))
  .refine((all) => all.every((one) => Number.isInteger(one) && one >= 1 && one <= 10_000), {
    error: 'whole numbers with commas between them',
  })

const OPTIONS = z.object({
  seconds: z.coerce.number().min(1).default(10),
  connections,
  cards: z.coerce.number().int().min(5).default(1_000),
  zipf: z.coerce.number().min(0).default(0.5),
  scale: count.default(20),
  json: z.boolean().default(false),
  profile: z.string().optional(),
})

/** Reads the command line. */
export function readOptions(words: readonly string[]): Told<BenchOptions> {
  return readCommandLine({ usage: USAGE, options: OPTIONS }, words)
}
