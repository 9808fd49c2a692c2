-- How much is not settled yet: undecided authorizations, movements under way, debts to collect.
SELECT
  (SELECT count(*) FROM "authorization" WHERE state = 'accepted')
  + (SELECT count(*) FROM movement WHERE state IN ('intended', 'in_doubt'))
  + (SELECT count(*) FROM exposure WHERE state <> 'closed') AS open
