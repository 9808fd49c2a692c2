-- Counts the mandates that have not come to their end; of those that stay signed only what a person must see. Takes no
-- lock.
SELECT exchange_id, rail, state, count(*) AS mandates, count(*) FILTER (WHERE escalated_at IS NOT NULL) AS escalated
FROM mandate
WHERE next_step_at IS NOT NULL AND (state <> 'signed' OR escalated_at IS NOT NULL)
GROUP BY exchange_id, rail, state
