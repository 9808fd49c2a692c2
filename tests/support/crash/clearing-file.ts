import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CrashPoint } from '@tolem/crash-points'
import { launch } from '../../setup/service.ts'
import { aClearing } from '../life-messages.ts'
import { decide } from '../stack.ts'
import { judge, openRounds, type Round } from './rounds.ts'
import { cameTo, type Site, settle } from './site.ts'

/** Where the loader of clearing files dies: its batch is recorded, then how far the file has come. */
export const CLEARING_POINT = 'clearing.after_batch' satisfies CrashPoint

const MAIN = join(import.meta.dirname, '../../../services/settlement/src/clearing-file/main.ts')

/** Rounds of each variant in one file. */
const EACH = 10

/**
 * The loader dies in file after file, and the same command goes on. Half of the presentments are of purchases that were
 * debited, half of ones that nobody asked us for, which are collected: in the end each has been paid for once.
 */
export async function killLoaders(site: Site, rounds: number): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'tolem-crash-'))
  const all: Round[] = []
  let file = 0
  for (let left = rounds; left > 0; left -= EACH) {
    file += 1
    const path = join(directory, `${file}.ndjson`)
    all.push(...(await killOnce(site, { path, pass: 1 + (file % 2), each: Math.min(EACH, left) })))
  }
  await rm(directory, { recursive: true })
  await settle(site)
  await judge(site, all, true)
}

async function killOnce(
  site: Site,
  { path, pass, each }: { readonly path: string; readonly pass: number; readonly each: number },
): Promise<readonly Round[]> {
  const { own, stack, table } = site
  const faults = { executed: ['none'], 'not executed': ['none'] }
  const troubles = { operation: 'debit', faults } as const
  const rounds = await openRounds(site, CLEARING_POINT, { each, troubles })
  const records = await Promise.all(
    rounds.map(async ({ variant, card, message, replies }) => {
      const amount = message.transactionAmount.value
      if (variant === 'not executed') return aClearing(card.token, { amount })
      const { reply } = await decide(stack.bank(), message)
      replies.push(reply)
      return aClearing(card.token, { original: message, amount })
    }),
  )
  await writeFile(path, records.map((record) => `${JSON.stringify(record)}\n`).join(''))
  const load = (more: object) =>
    launch(MAIN, { ...own.parts.environment, ...more }, ['--bank', 'halyk', '--file', path])
  const killed = load({ CRASH_AT: `${CLEARING_POINT}:${pass}` })
  cameTo(CLEARING_POINT, { ...(await killed.ended), printed: killed.printed() })
  table.addDeath(CLEARING_POINT, rounds.length)
  const again = load({})
  if ((await again.ended).code !== 0) table.mistakes.push(`clearing file: ${again.printed()}`)
  return rounds
}
