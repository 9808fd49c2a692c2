-- I12 every answer came inside the budget, but from a process that was held still
SELECT
  op,
  CASE
    WHEN EXISTS (
      SELECT FROM frozen
      WHERE frozen.process = heard.at_process AND frozen.from_at < heard.answered_at
        AND frozen.until_at > heard.invoked_at
    ) THEN NULL
    -- The bank's clock decides: what the service says can only be less, or it counts from a moment before the message.
    WHEN waited_ms > :budget + :tolerance
      THEN format(
        'op %s: the bank waited %s ms for %s, the service says that it worked %s ms',
        op, round(waited_ms::numeric), coalesce(decision, problem), coalesce(round(worked_ms::numeric)::text, 'no')
      )
  END AS wrong
FROM heard
WHERE call IN ('authorizations', 'increments') AND answered_at IS NOT NULL AND status IS NOT NULL
