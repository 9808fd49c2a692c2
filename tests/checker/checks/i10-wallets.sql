-- I10 no wallet at an exchange is below nothing
SELECT
  wallet, CASE WHEN balance < 0 THEN format('%s %s holds %s %s', exchange, wallet, balance, asset) END AS wrong
FROM wallet
