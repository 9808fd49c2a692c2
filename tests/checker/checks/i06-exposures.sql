-- I6 what was collected of an exposure is what executed debits paid for
SELECT
  exposure.id,
  CASE
    WHEN collected > coalesce(sum(debit.billing), 0)
      THEN format('exposure %s collected %s tiyn, debits paid for %s', exposure.id, collected, sum(debit.billing))
    WHEN (exposure.state = 'closed') <> (exposure.amount = collected + cancelled)
      THEN format('exposure %s is %s and owes %s', exposure.id, exposure.state,
        exposure.amount - collected - cancelled)
  END AS wrong
FROM exposure
LEFT JOIN movement AS debit ON debit.exposure_id = exposure.id AND debit.kind = 'debit' AND debit.state = 'executed'
GROUP BY exposure.id
