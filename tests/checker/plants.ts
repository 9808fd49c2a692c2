/** A wrong that nobody may overlook: the check that must find it, and what makes it and gives the id to be named. */
export type Plant = { readonly finds: string; readonly what: string; readonly sql: string }

/** Approved purchases that nothing followed, the first being number 0. A start shows five, which no history has. */
const open = (number: number) => `(
  SELECT id FROM "authorization"
  WHERE state = 'approved' AND released_amount = 0 AND cleared_amount = 0 ORDER BY id OFFSET ${number} LIMIT 1
)`
const debitOf = (number: number) => `(
  SELECT reference FROM movement
  WHERE kind = 'debit' AND state = 'executed' AND authorization_id = ${open(number)}
)`

/** Each has a victim of its own. They are planted in this order; all of them stand at the end. */
export const PLANTS: readonly Plant[] = [
  {
    finds: 'i11-full-reversals',
    what: 'a reversed hold that holds again',
    sql: `UPDATE "authorization" SET released_amount = 0
      WHERE id = (SELECT id FROM "authorization" WHERE closed_as = 'reversed' ORDER BY id LIMIT 1) RETURNING id`,
  },
  {
    finds: 'i04-given-back',
    what: 'a credit that is dropped',
    sql: `DELETE FROM movement WHERE reference = (
        SELECT reference FROM movement WHERE kind = 'credit' AND state = 'executed' ORDER BY reference DESC LIMIT 1
      ) RETURNING debit_reference AS id`,
  },
  {
    finds: 'i06-clearings-and-refunds',
    what: 'a presentment that is lost',
    sql: `DELETE FROM clearing WHERE id = (SELECT id FROM clearing ORDER BY id LIMIT 1)
      RETURNING authorization_id AS id`,
  },
  {
    finds: 'i07-states',
    what: 'a declined hold that expired',
    sql: `UPDATE "authorization" SET closed_as = 'expired'
      WHERE id = (SELECT id FROM "authorization" WHERE state = 'declined' ORDER BY id LIMIT 1) RETURNING id`,
  },
  {
    finds: 'i01-journals-of-movements',
    what: 'a posting that is dropped',
    sql: `DELETE FROM ledger_posting WHERE line = 1 AND journal_id = 'approval/' || ${debitOf(0)}
      RETURNING split_part(journal_id, '/', 2) AS id`,
  },
  {
    finds: 'i01-approvals-posted',
    what: 'a posting of one tiyn too much',
    sql: `UPDATE ledger_posting SET amount = amount + 1 WHERE line = 2 AND journal_id = 'approval/' || ${debitOf(1)}
      RETURNING split_part(journal_id, '/', 2) AS id`,
  },
  {
    finds: 'i02-approvals-heard',
    what: 'an approval of one tiyn less than was told',
    sql: `UPDATE "authorization" SET approved_amount = approved_amount - 1 WHERE id = ${open(12)} RETURNING id`,
  },
  {
    finds: 'i05-movements',
    what: 'a movement of one unit more than moved',
    sql: `UPDATE movement SET amount = amount + 1 WHERE reference = ${debitOf(3)} RETURNING reference AS id`,
  },
  {
    finds: 'i02-approvals-executed',
    what: 'a debit of another wallet',
    sql: `UPDATE movement SET wallet = jsonb_set(wallet, '{walletId}', '"another"') WHERE reference = ${debitOf(13)}
      RETURNING reference AS id`,
  },
  {
    finds: 'i13-open',
    what: 'a debit that is in doubt again',
    sql: `UPDATE movement SET state = 'in_doubt', next_step_at = 'infinity' WHERE reference = ${debitOf(5)}
      RETURNING reference AS id`,
  },
  {
    finds: 'i17-events',
    what: 'a decision that nobody is told of',
    sql: `DELETE FROM authorization_event WHERE authorization_id = ${open(6)} RETURNING authorization_id AS id`,
  },
  {
    finds: 'i20-holds',
    what: 'a hold that never expires',
    sql: `UPDATE "authorization" SET hold_until = NULL WHERE id = ${open(7)} RETURNING id`,
  },
  {
    finds: 'i08-stored-bytes',
    what: 'an answer with another byte',
    sql: `UPDATE "authorization" SET response_body = response_body || ' ' WHERE id = ${open(8)} RETURNING id`,
  },
  {
    finds: 'i02-cover',
    what: 'an approval whose debit gave all back',
    sql: `UPDATE movement SET released = billing WHERE reference = ${debitOf(9)} RETURNING authorization_id AS id`,
  },
]
