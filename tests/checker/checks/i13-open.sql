-- I13 nothing is open: no authorization undecided, no movement, exposure or due hold left
SELECT what, what AS wrong FROM (
  SELECT format('%s %s is %s: %s', kind, reference, state, detail) AS what
  FROM movement WHERE state IN ('intended', 'in_doubt')
  UNION ALL
  SELECT format('authorization %s is undecided', id) FROM "authorization" WHERE state = 'accepted'
  UNION ALL
  SELECT format('exposure %s is %s: %s', id, state, detail) FROM exposure
  WHERE state = 'collecting' OR state = 'open' AND refused = 0
  UNION ALL
  SELECT format('hold %s was to expire at %s', id, hold_until) FROM "authorization"
  WHERE state = 'approved' AND hold_until < clock_timestamp() - interval '30 s'
) AS open
UNION ALL
SELECT reference, NULL FROM movement WHERE state NOT IN ('intended', 'in_doubt')
