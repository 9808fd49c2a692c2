-- A rail was compared up to a moment; never back. Locks the watermark.
-- $1 exchange_id, $2 rail, $3 read to
UPDATE reconciliation_watermark
SET read_to = greatest(read_to, $3::timestamptz)
WHERE exchange_id = $1 AND rail = $2
