import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { aRecord } from '../testing/clearing-records.ts'
import { openSite } from '../testing/clearing-site.ts'

const site = await openSite()
afterAll(site.close)

const pathOf = (name: string) => join(site.directory, name)

async function writeRecords(name: string, records: readonly unknown[]): Promise<string> {
  const path = pathOf(name)
  const lines = records.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
  await writeFile(path, `${lines.join('\n')}\n`)
  return path
}

const load = (file: string, ...more: readonly string[]) =>
  site.run('--bank', 'halyk', '--file', file, ...more)

async function countClearings(): Promise<number> {
  const [row] = await site.ask<{ count: string }>('SELECT count(*) FROM clearing')
  return Number(row?.count)
}

test('the same file again records nothing, and a report that is missing is written', async () => {
  const file = await writeRecords('again.ndjson', [aRecord(1), aRecord(2), aRecord(3, { last: 1 })])
  const report = pathOf('again-report.ndjson')
  expect((await load(file, '--report', report)).code).toBe(1)
  const written = await readFile(report, 'utf8')
  const count = await countClearings()

  const again = await load(file, '--report', report)
  expect(again).toMatchObject({ code: 1, out: expect.stringContaining('was loaded before') })
  expect(await readFile(report, 'utf8')).toBe(written)

  await rm(report)
  expect((await load(file, '--report', report)).code).toBe(1)
  expect(await readFile(report, 'utf8')).toBe(written)
  const other = pathOf('again-elsewhere.ndjson')
  expect((await load(file, '--report', other)).code).toBe(1)
  expect(await readFile(other, 'utf8')).toBe(written)
  expect(await countClearings()).toBe(count)
})

test('a report that was cut in the middle of a line is made whole again', async () => {
  const file = await writeRecords('cut.ndjson', [aRecord(11), aRecord(12), aRecord(13)])
  const report = pathOf('cut-report.ndjson')
  await load(file, '--report', report)
  const written = await readFile(report, 'utf8')
  await writeFile(report, written.slice(0, written.indexOf('\n') + 20))
  expect((await load(file, '--report', report)).code).toBe(0)
  expect(await readFile(report, 'utf8')).toBe(written)
  await appendFile(report, '{"line":4,"result":"clea')
  expect((await load(file, '--report', report)).code).toBe(0)
  expect(await readFile(report, 'utf8')).toBe(written)
})

test('a loader that is asked to end finishes its batch, and the same command goes on behind it', async () => {
  const records = Array.from({ length: 250 }, (_, index) => aRecord(1_000 + index))
  const given = ['--bank', 'halyk', '--file', await writeRecords('stopped.ndjson', records)]
  const more = ['--report', pathOf('stopped-report')]
  const count = await countClearings()
  const stopped = await site.runFor(1, ...given, ...more)
  expect(stopped).toMatchObject({ code: 4, out: expect.stringContaining('stopped') })
  expect(await countClearings()).toBe(count + 200)
  const resumed = await site.run(...given, ...more)
  expect(resumed).toMatchObject({ code: 0, out: expect.stringContaining('250000.00 KZT') })
  const lines = await site.readReport(pathOf('stopped-report'))
  expect(lines.map(({ line }) => line)).toEqual(records.map((_, index) => index + 1))
  expect(new Set(lines.map(({ result }) => result))).toEqual(new Set(['force_posted']))
})

test('of two loaders of one file one goes on, and nothing is recorded twice', async () => {
  const records = Array.from({ length: 450 }, (_, index) => aRecord(2_000 + index))
  const file = await writeRecords('twice.ndjson', records)
  const count = await countClearings()
  const codes = (await Promise.all([load(file), load(file)])).map(({ code }) => code)
  expect(codes.filter((code) => code !== 0 && code !== 4)).toEqual([])
  expect((await load(file)).code).toBe(0)
  expect(await countClearings()).toBe(count + records.length)
})

test('nothing that stands elsewhere is overwritten by a report', async () => {
  const file = await writeRecords('mine.ndjson', [aRecord(21)])
  const others = await writeRecords('precious.txt', ['precious'])
  expect(await load(file, '--report', others)).toMatchObject({ code: 3 })
  expect(await readFile(others, 'utf8')).toBe('precious\n')
})

test('a record that came before, in this file or another, is a repeat under its first id', async () => {
  const first = await writeRecords('first.ndjson', [aRecord(31), aRecord(31), aRecord(32)])
  const second = await writeRecords('second.ndjson', [
    aRecord(32),
    aRecord(31, { clearingAmount: { value: '999.00', currency: 'KZT' } }),
  ])
  await load(first, '--report', pathOf('first-report'))
  await load(second, '--report', pathOf('second-report'))
  const [one, two, three] = await site.readReport(pathOf('first-report'))
  expect([one?.result, two?.result, three?.result]).toEqual([
    'force_posted',
    'repeat',
    'force_posted',
  ])
  expect(two?.clearingId).toBe(one?.clearingId)
  const [four, five] = await site.readReport(pathOf('second-report'))
  expect(four).toMatchObject({ line: 1, result: 'repeat', clearingId: three?.clearingId })
  expect(five).toMatchObject({ line: 2, result: 'refused' })
})

test('what is wrong with a record is said by JSON pointer, and a card number is never repeated', async () => {
  const cardNumber = ['4111', '1111', '1111', '1111'].join('')
  const file = await writeRecords('flaws.ndjson', [
    aRecord(41, { clearingAmount: { value: '12.345', currency: 'KZT' } }),
    aRecord(42, { cardToken: cardNumber }),
    '{"cardToken": ',
    `"${'x'.repeat(20_000)}"`,
    aRecord(43, { original: { authorizationId: 'aut_1' } }),
    '',
    aRecord(44),
  ])
  const report = pathOf('flaws-report')
  const { code, out, error } = await load(file, '--report', report)
  expect(code).toBe(1)
  const lines = await site.readReport(report)
  expect(lines.map(({ line, result }) => [line, result])).toEqual([
    [1, 'refused'],
    [2, 'refused'],
    [3, 'refused'],
    [4, 'refused'],
    [5, 'refused'],
    [7, 'force_posted'],
  ])
  const pointers = lines.slice(0, 5).map(({ errors }) => errors?.[0]?.pointer)
  expect(pointers).toEqual([
    '/clearingAmount/value',
    '/cardToken',
    '',
    '',
    '/original/authorizationId',
  ])
  expect(out + error + (await readFile(report, 'utf8'))).not.toContain(cardNumber)
})

describe('a CSV file', () => {
  const columns = Object.keys(aRecord(0))
  const rowOf = (number: number, amount = '1000.00') =>
    Object.values(aRecord(number, { clearingAmount: amount })).join(',')

  test('is read by its header, originals included', async () => {
    const header = [...columns, 'last', 'originalAuthorizationId', 'originalMessageKind'].join(',')
    const named = 'aut_019a1b2c-3d4e-7f50-8a6b-7c8d9e0f1a2b'
    const file = await writeRecords('day.csv', [
      `\uFEFF${header}`,
      `${rowOf(51)},true,,`,
      `${rowOf(52)},false,${named},`,
      `${rowOf(53)},maybe,,`,
      `${rowOf(54)},true`,
      `${rowOf(55, '"1000.50"')},,,`,
    ])
    const report = pathOf('csv-report')
    expect((await load(file, '--report', report)).code).toBe(1)
    const lines = await site.readReport(report)
    expect(lines.map(({ line, result }) => [line, result])).toEqual([
      [2, 'force_posted'],
      [3, 'force_posted'],
      [4, 'refused'],
      [5, 'refused'],
      [6, 'force_posted'],
    ])
    expect(lines[2]?.errors?.[0]?.pointer).toBe('/last')
    const [row] = await site.ask<{ request_body: string }>(
      'SELECT request_body FROM clearing WHERE network_key LIKE $1',
      ['%R00000000052'],
    )
    expect(JSON.parse(row?.request_body ?? '')).toEqual(
      aRecord(52, { last: false, original: { authorizationId: named } }),
    )
  })

  test('whose last line has no line break is not believed to be whole', async () => {
    const file = pathOf('truncated.csv')
    await writeFile(file, `${columns.join(',')}\n${rowOf(61)}\n${rowOf(62)}`)
    expect((await load(file, '--report', pathOf('truncated-report'))).code).toBe(1)
    const results = await site.readReport(pathOf('truncated-report'))
    expect(results.map(({ result }) => result)).toEqual(['force_posted', 'refused'])
  })
})

test('an NDJSON file that ends inside a record refuses that record alone', async () => {
  const file = pathOf('truncated.ndjson')
  const [first, second] = [JSON.stringify(aRecord(71)), JSON.stringify(aRecord(72))]
  await writeFile(file, `${first}\n${second.slice(0, -10)}`)
  expect((await load(file, '--report', pathOf('truncated-ndjson-report'))).code).toBe(1)
  const lines = await site.readReport(pathOf('truncated-ndjson-report'))
  expect(lines.map(({ result }) => result)).toEqual(['force_posted', 'refused'])
  expect(lines[1]?.errors?.[0]?.detail).toContain('cut off')
})

test.each([
  ['is empty', 'empty.ndjson', '', 'the file is empty'],
  ['holds no record', 'blank.csv', `${Object.keys(aRecord(0)).join(',')}\n`, 'holds no records'],
  ['is UTF-16', 'wide.csv', '\uFEFFa\u0000', 'not UTF-8'],
  ['has no header', 'headless.csv', 'ct_1,1000.00\n', 'no header'],
  ['has half a header', 'half.csv', 'cardToken,clearingAmount\n', 'lacks acquirerId'],
  [
    'never closes a quote',
    'quote.csv',
    `${Object.keys(aRecord(0)).join(',')}\n"${'x'.repeat(100)}\n`,
    'never closed',
  ],
])('a file that %s is told so, and nothing is recorded', async (_, name, text, said) => {
  const count = await countClearings()
  await writeFile(pathOf(name), name === 'wide.csv' ? Buffer.from(text, 'utf16le') : text)
  const { code, error } = await load(pathOf(name))
  expect({ code, error }).toEqual({ code: 3, error: expect.stringContaining(said) })
  expect(await countClearings()).toBe(count)
})

test('a CSV file in another encoding is told so', async () => {
  const file = pathOf('latin.csv')
  const header = Buffer.from(`${Object.keys(aRecord(0)).join(',')}\n`)
  await writeFile(file, Buffer.concat([header, Buffer.from([0x41, 0xe9, 0x0a])]))
  expect(await load(file)).toMatchObject({ code: 3, error: expect.stringContaining('not UTF-8') })
})

test.each([
  [['--bank', 'nobody', '--file', 'x'], '--bank must be one of'],
  [['--bank', 'halyk'], '--file is missing'],
  [['--bank', 'halyk', '--file', 'x', '--report', 'x'], 'must not be the file itself'],
  [['--what'], 'Unknown option'],
])('%j is refused with what is wrong', async (given, said) => {
  expect(await site.run(...given)).toMatchObject({ code: 2, error: expect.stringContaining(said) })
})
