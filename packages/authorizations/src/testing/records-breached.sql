-- Everything that must hold in the database whatever happened: each row is one breach, in words.
WITH kept AS (
  SELECT
    *, approved_amount - released_amount - cleared_amount AS open_amount,
    approved_amount - released_amount - coalesce((
      SELECT sum(amount) FROM exposure WHERE authorization_id = stored.id AND cause = 'clearing'
    ), 0) AS counted_amount
  FROM "authorization" AS stored
)
SELECT 'usage is not the sum of what counts' AS breach, used.card_token AS of
FROM card_usage AS used
CROSS JOIN LATERAL (
  SELECT
    coalesce(sum(amount) FILTER (WHERE usage_day = used.day), 0) AS day_amount,
    coalesce(sum(count) FILTER (WHERE usage_day = used.day), 0) AS day_count,
    coalesce(sum(amount) FILTER (WHERE usage_day >= date_trunc('month', used.day)), 0) AS month_amount
  FROM (
    SELECT
      usage_day, CASE state WHEN 'accepted' THEN billing_amount ELSE counted_amount END AS amount,
      CASE
        WHEN kind = 'increment' OR (closed_as = 'reversed' AND counted_amount = 0) THEN 0 ELSE 1
      END AS count
    FROM kept
    WHERE bank_id = used.bank_id AND card_token = used.card_token AND state <> 'declined'
  ) AS counting
) AS counted
WHERE (used.day_amount, used.day_count, used.month_amount)
  <> (counted.day_amount, counted.day_count, counted.month_amount)
UNION ALL
SELECT 'approved without executed debits of just as much', id::text FROM "authorization"
WHERE state = 'approved' AND kind IN ('authorization', 'increment') AND approved_amount > 0
  AND billing_amount IS DISTINCT FROM (
    SELECT sum(billing) FROM movement
    WHERE authorization_id = id AND purpose = 'authorization' AND state = 'executed')
UNION ALL
SELECT 'two debits of one asset for an authorization', authorization_id::text FROM movement
WHERE purpose = 'authorization' AND state <> 'refused'
GROUP BY authorization_id, asset HAVING count(*) > 1
UNION ALL
SELECT 'approved with a debit that did not happen', id::text FROM "authorization"
WHERE state = 'approved' AND EXISTS (
  SELECT FROM movement
  WHERE authorization_id = id AND purpose = 'authorization' AND state IN ('intended', 'in_doubt'))
UNION ALL
SELECT 'debited, not approved, and not credited', id::text FROM "authorization"
WHERE state = 'declined'
  AND EXISTS (SELECT FROM movement WHERE authorization_id = id AND kind = 'debit' AND state = 'executed')
  AND NOT EXISTS (SELECT FROM movement WHERE authorization_id = id AND kind = 'credit')
UNION ALL
SELECT 'credits are not what their debit says', debit.reference FROM movement AS debit
WHERE debit.kind = 'debit' AND debit.credited <> (
  SELECT coalesce(sum(amount), 0) FROM movement WHERE debit_reference = debit.reference)
UNION ALL
SELECT 'released without giving back as much', id::text FROM kept
WHERE state = 'approved' AND released_amount = approved_amount AND EXISTS (
  SELECT FROM movement WHERE authorization_id = id AND kind = 'debit' AND state = 'executed' AND credited < amount)
UNION ALL
SELECT 'released is not what debits and exposures gave up', id::text FROM kept
WHERE state = 'approved' AND original_id IS NULL AND kind IN ('authorization', 'increment') AND (
    SELECT coalesce(sum(released), 0) FROM movement WHERE authorization_id = id AND kind = 'debit'
  ) + (SELECT coalesce(sum(cancelled), 0) FROM exposure WHERE authorization_id = kept.id)
  -- A refund cancels what is owed too, and takes that away from under a later release.
  NOT BETWEEN released_amount AND released_amount + refunded_amount
UNION ALL
SELECT 'held forever or closed too early', id::text FROM kept
WHERE state = 'approved' AND parent_id IS NULL AND (closed_as IS NOT NULL) <> (hold_until IS NULL)
  AND NOT is_final AND approved_amount > 0
UNION ALL
SELECT 'posted lines are not the journal', id::text FROM "authorization"
WHERE state = 'approved' AND kind IN ('authorization', 'increment') AND approved_amount > 0 AND (
    SELECT count(*) FROM ledger_posting WHERE authorization_id = id AND journal_id LIKE 'approval/%'
  ) <> 2 * (
    SELECT count(*) FROM movement WHERE authorization_id = id AND purpose = 'authorization' AND state = 'executed')
UNION ALL
SELECT 'the ledger does not say ' || account, bank_id FROM (
  SELECT
    bank_id,
    sum(open_amount) FILTER (WHERE NOT is_final) AS held_for_authorizations,
    sum(cleared_amount + CASE WHEN is_final THEN open_amount ELSE 0 END - refunded_amount) AS owed_to_bank,
    -(SELECT sum(amount - collected - cancelled) FROM exposure WHERE exposure.bank_id = kept.bank_id) AS exposure
  FROM kept
  WHERE state = 'approved'
  GROUP BY bank_id
) AS rows
CROSS JOIN LATERAL (VALUES
  ('held_for_authorizations', held_for_authorizations), ('owed_to_bank', owed_to_bank), ('exposure', exposure)
) AS said (account, amount)
WHERE coalesce(amount, 0) <> -coalesce((
  SELECT balance FROM ledger_balance WHERE ledger_balance.account = said.account || '/' || bank_id
), 0)
UNION ALL
SELECT 'the ledger does not balance', asset FROM ledger_balance GROUP BY asset HAVING sum(balance) <> 0
UNION ALL
SELECT 'decided without its bytes', id::text FROM "authorization"
WHERE state <> 'accepted' AND response_body IS NULL
