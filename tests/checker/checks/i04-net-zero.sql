-- I4 what approved nothing left nothing moved, by the exchange's own record
SELECT
  stored.id,
  CASE WHEN sum(CASE moved.kind WHEN 'debit' THEN moved.amount ELSE -moved.amount END) <> 0
    THEN format('%s is %s and %s %s stay moved', stored.id, stored.state,
      sum(CASE moved.kind WHEN 'debit' THEN moved.amount ELSE -moved.amount END), moved.asset) END AS wrong
FROM "authorization" AS stored
JOIN ours ON ours.authorization_id = stored.id
JOIN moved ON moved.exchange = ours.exchange_id AND moved.reference = ours.exchange_name AND moved.kind = ours.kind
WHERE stored.state <> 'approved'
GROUP BY stored.id, stored.state, moved.asset
