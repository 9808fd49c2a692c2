import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { createTestDatabase } from './backends.ts'

async function connectTo(url: string): Promise<Client> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  await client.connect()
  onTestFinished(() => client.end())
  return client
}

test('each test database holds every migration and nothing of another', async () => {
  const [one, two] = await Promise.all([createTestDatabase(), createTestDatabase()])
  onTestFinished(async () => {
    await Promise.all([one.drop(), two.drop()])
  })
  const first = await connectTo(one.url)
  const second = await connectTo(two.url)
  await first.query('CREATE TABLE mine (id INT)')
  const { rows } = await second.query("SELECT to_regclass('mine') AS mine")
  expect(rows).toEqual([{ mine: null }])
  const template = await first.query('SELECT name FROM migration_checksums ORDER BY name')
  expect(template.rows.length).toBeGreaterThan(0)
})

test('a dropped database is gone, even while somebody is connected to it', async () => {
  const database = await createTestDatabase()
  await connectTo(database.url)
  await database.drop()
  await expect(connectTo(database.url)).rejects.toThrow(/does not exist/)
})
