-- I2 each debit of an approval that the bank heard moved once at the exchange
SELECT
  debit.reference,
  CASE WHEN count(moved.sequence) <> 1
    THEN format('%s of %s was heard as paid and moved %s times', debit.reference, debit.authorization_id,
      count(moved.sequence)) END AS wrong
FROM (
  SELECT DISTINCT id FROM heard
  WHERE call IN ('authorizations', 'increments') AND result = 'ok' AND decision IN ('approved', 'partially_approved')
) AS approved
JOIN ours AS debit ON debit.authorization_id = approved.id AND debit.kind = 'debit' AND debit.state = 'executed'
LEFT JOIN moved
  ON moved.exchange = debit.exchange_id AND moved.reference = debit.exchange_name AND moved.kind = 'debit'
    AND moved.wallet = debit.wallet_id AND moved.asset = debit.asset AND moved.amount = debit.coins
GROUP BY debit.reference, debit.authorization_id
