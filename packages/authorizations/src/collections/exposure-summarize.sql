-- What is owed and not collected, by bank and by the exchange where it was last tried: how much (in tenge, as a double
-- for a gauge), in how many exposures, how many of them a person must see, and since when the oldest is. Takes no lock.
SELECT
  exposure.bank_id, exposure.exchange_id, count(*) AS entries, count(exposure.escalated_at) AS escalated,
  (sum(exposure.amount - exposure.collected - exposure.cancelled) / 100)::double precision AS tenge_shown,
  extract(epoch FROM now() - min(exposure.created_at))::double precision AS oldest_seconds
FROM exposure
WHERE exposure.state <> 'closed'
GROUP BY exposure.bank_id, exposure.exchange_id
