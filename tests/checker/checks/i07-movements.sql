-- I7 movements end executed or refused, and a credit is never refused
SELECT
  reference,
  CASE
    WHEN kind = 'credit' AND state = 'refused' THEN format('credit %s is refused', reference)
    WHEN state = 'executed' AND exchange_reference IS NULL
      THEN format('%s is executed and does not say as what', reference)
    WHEN state = 'refused' AND (credited > 0 OR released > 0) THEN format('%s is refused and gave back', reference)
  END AS wrong
FROM movement
