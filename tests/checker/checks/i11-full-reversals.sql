-- I11 of what a full reversal was acknowledged for nothing is held any more, and what it preceded was never approved
WITH reversed AS (
  SELECT
    bank, original_kind, original_key, min(answered_at) AS answered_at, min(op) AS op,
    bool_or(outcome = 'already_cleared') AS is_cleared
  FROM heard
  WHERE call = 'reversals' AND is_full AND result = 'ok'
  GROUP BY 1, 2, 3
),
asked AS (
  SELECT bank, call, key, min(invoked_at) AS invoked_at FROM heard GROUP BY 1, 2, 3
)
SELECT
  reversed.original_key,
  CASE
    WHEN stored.state = 'approved' AND asked.invoked_at > reversed.answered_at
      THEN format('%s was reversed (op %s) before it was sent and is approved', stored.id, reversed.op)
    WHEN stored.state = 'approved' AND stored.approved_amount - stored.released_amount - stored.cleared_amount > 0
      THEN format('%s was reversed (op %s) and holds %s tiyn', stored.id, reversed.op,
        stored.approved_amount - stored.released_amount - stored.cleared_amount)
    WHEN stored.state = 'accepted' THEN format('%s was reversed (op %s) and is undecided', stored.id, reversed.op)
  END AS wrong
FROM reversed
LEFT JOIN "authorization" AS stored
  ON stored.bank_id = reversed.bank AND stored.network_key = reversed.original_key
    AND stored.kind = reversed.original_kind
LEFT JOIN asked
  ON asked.bank = reversed.bank AND asked.key = reversed.original_key AND asked.call = reversed.original_kind || 's'
