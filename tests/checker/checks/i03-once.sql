-- I3 no reference moved twice at an exchange
SELECT
  reference,
  CASE WHEN count(*) > 1 THEN format('%s %s moved %s times at %s', kind, reference, count(*), exchange) END AS wrong
FROM moved
GROUP BY exchange, kind, reference
