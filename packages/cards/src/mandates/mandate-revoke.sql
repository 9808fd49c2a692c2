-- From now on these mandates are to be ended at their exchange, at once; one that is being ended already stays as it
-- is. The raised epoch shuts out whoever is at work on them. They are locked by mandate-lock in the same transaction.
-- $1 ids, $2 reason
WITH revoked AS (
  UPDATE mandate
  SET state = 'ending', reason = $2, next_step_at = now(), claim_epoch = claim_epoch + 1, attempts = 0,
    escalated_at = NULL
  WHERE id = ANY ($1::uuid[]) AND state IN ('requested', 'offered', 'signed')
  RETURNING id
)
SELECT count(*) AS mandates, CASE WHEN count(*) > 0 THEN pg_notify('mandate_due', '') END AS woken FROM revoked
