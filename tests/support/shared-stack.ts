import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readDemoFile } from '@tolem/client/demo-file'
import { afterAll, inject } from 'vitest'
import { openStack, type Stack } from './stack.ts'

/** The stack that all acceptance tests share. Its clients close with the file. */
export function sharedStack(): Stack & {
  readonly home: string
  readonly adminUrl: string
  readonly databaseUrl: string
} {
  const home = inject('tolemHome')
  const stack = openStack(readDemoFile(join(home, 'demo.json')))
  const database = JSON.parse(readFileSync(join(home, 'database.json'), 'utf8'))
  afterAll(() => stack.close())
  return { ...stack, home, adminUrl: inject('tolemAdminUrl'), databaseUrl: database.url }
}
