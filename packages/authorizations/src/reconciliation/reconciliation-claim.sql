-- Takes the next pass over a rail, if it is due. A pass that is made twice changes nothing more: this only saves calls.
-- $1 exchange_id, $2 rail, $3 ms until the next pass
UPDATE reconciliation_watermark
SET next_pass_at = now() + $3 * interval '1 millisecond'
WHERE exchange_id = $1 AND rail = $2 AND next_pass_at <= now()
RETURNING since, read_to, now() AS now
