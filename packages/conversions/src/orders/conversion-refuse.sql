-- Records that an order was certainly not executed and never will be: its amount can be converted by another. Locks
-- the order. No row: the claim was lost and nothing was written.
-- $1 id, $2 claim_epoch, $3 refusal, $4 detail
UPDATE conversion_order
SET state = 'refused', refusal = $3, detail = $4, refusals = refusals + 1, finished_at = clock_timestamp()
WHERE id = $1 AND claim_epoch = $2 AND finished_at IS NULL
RETURNING refusals
