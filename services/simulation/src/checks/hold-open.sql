-- I20 No hold is open once its period is over.
SELECT format('%s %s is held until %s', kind, id, hold_until) AS wrong FROM "authorization" WHERE hold_until IS NOT NULL
