-- The prices of one rate in equal parts of a span, oldest first: of each part the lowest bid, the highest ask and the
-- widest spread. A part in which every rate was refused has no prices; one without a row is absent. Locks nothing.
-- $1 exchange_id, $2 asset, $3 from, $4 to (not included), $5 the length of a part in milliseconds
SELECT
  date_bin(make_interval(secs => $5::float8 / 1000), published_at, $3) AS at,
  min(bid) AS bid,
  max(ask) AS ask,
  max(widening_basis_points) AS widening_basis_points
FROM rate_history
WHERE exchange_id = $1 AND asset = $2 AND published_at >= $3 AND published_at < $4
GROUP BY 1
ORDER BY 1
