-- Forgets notices that no exchange sends again, a bounded number at a time. Takes row locks without waiting for any.
-- $1 age in ms, $2 how many at most
WITH old AS (
  SELECT exchange_id, rail, notice_id
  FROM exchange_notice
  WHERE received_at < now() - $1 * interval '1 millisecond'
  ORDER BY received_at
  LIMIT $2
  FOR UPDATE SKIP LOCKED
)
DELETE FROM exchange_notice USING old
WHERE exchange_notice.exchange_id = old.exchange_id
  AND exchange_notice.rail = old.rail
  AND exchange_notice.notice_id = old.notice_id
