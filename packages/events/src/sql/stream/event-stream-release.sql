-- Gives the stream back, so that another instance need not wait for the lease's end.
-- $1 claim_epoch
UPDATE event_reader SET leased_until = '-infinity' WHERE id = 'stream' AND claim_epoch = $1
