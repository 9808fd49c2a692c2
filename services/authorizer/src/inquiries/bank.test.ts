import type { BankId } from '@tolem/domain/ids'
import { PILOT_PROGRAMME_FILE, readProgramme } from '@tolem/programme'
import { bankAnswer, renderBank } from '@tolem/wire/bank'
import { expect, test } from 'vitest'
import { createBankDescriptions } from './bank.ts'

const programme = readProgramme(PILOT_PROGRAMME_FILE)
const describeBank = createBankDescriptions(programme)

test.each(programme.banks.map(({ id }) => id))('%s is described as the API documents it', (id) => {
  const answer = bankAnswer.parse(JSON.parse(renderBank(describeBank(id))))
  expect(answer).toMatchObject({ bankId: id, responseBudgetMs: 1_000 })
  expect(answer.controls.programme.limits?.[0]?.amount).toEqual({
    value: '500000.00',
    currency: 'KZT',
  })
})

test('a description names keys and never where their secrets are', () => {
  for (const { id, keys } of programme.banks) {
    const text = renderBank(describeBank(id))
    for (const { keyId, secret } of keys) {
      expect(text).toContain(keyId)
      expect(text).not.toContain(secret)
      expect(text).not.toContain(secret.slice(4))
    }
    for (const other of programme.banks)
      if (other.id !== id) expect(text).not.toContain(other.keys[0]?.keyId)
  }
})

test('a bank that is not in the programme is a bug', () => {
  expect(() => describeBank('nobody' as BankId)).toThrow('not in the programme')
})
