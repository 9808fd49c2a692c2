-- All wallets with their balances: units as text by asset.
SELECT
  w.exchange,
  w.wallet,
  w.agreement,
  w.frozen,
  COALESCE(jsonb_object_agg(b.asset, b.units::TEXT) FILTER (WHERE b.asset IS NOT NULL), '{}') AS units
FROM exchange_sandbox.wallets AS w
LEFT JOIN exchange_sandbox.balances AS b USING (exchange, wallet)
GROUP BY w.exchange, w.wallet, w.agreement, w.frozen
ORDER BY w.exchange, w.wallet
