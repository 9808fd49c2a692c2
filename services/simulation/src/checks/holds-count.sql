-- How many holds are still to expire.
SELECT count(*) AS open FROM "authorization" WHERE hold_until IS NOT NULL
