import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { FILES, ROOT, read } from './repository.ts'

const PAGES = FILES.filter((path) => path.endsWith('.md'))

type Link = { readonly page: string; readonly target: string }

const LINKS: readonly Link[] = PAGES.flatMap((page) =>
  [...withoutCode(read(page)).matchAll(/\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)/g)]
    .map(([, target = '']) => ({ page, target }))
    .filter(({ target }) => !/^[a-z]+:/.test(target)),
)

test('every relative link leads to a file', () => {
  const wrong = LINKS.filter(({ page, target }) => !existsSync(fileOf(page, target)))
  expect(wrong.map(describe), 'correct the link, or the name of what it leads to').toEqual([])
})

test('every link to a heading leads to one', () => {
  const wrong = LINKS.filter(({ page, target }) => {
    const [path = '', anchor] = target.split('#')
    const file = fileOf(page, path)
    if (anchor === undefined || !file.endsWith('.md') || !existsSync(file)) return false
    return !anchorsOf(read(file)).includes(anchor)
  })
  expect(wrong.map(describe), 'the anchor is the heading in lower case, spaces as dashes').toEqual(
    [],
  )
})

test('every page begins with its one title', () => {
  const wrong = PAGES.filter((path) => {
    const text = withoutCode(read(path))
    return !text.startsWith('# ') || text.match(/^# /gm)?.length !== 1
  })
  expect(wrong, 'begin with "# Title" and use ## below it').toEqual([])
})

function fileOf(page: string, target: string): string {
  const path = decodeURIComponent(target.split('#')[0] ?? '')
  return path === '' ? resolve(ROOT, page) : resolve(ROOT, dirname(page), path)
}

function anchorsOf(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  )
}

function withoutCode(text: string): string {
  return text
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .replaceAll(/`[^`\n]*`/g, (code) => code.replaceAll(/[[\]()]/g, ''))
}

function describe({ page, target }: Link): string {
  return `${page} links to ${target}`
}
