-- Makes due what is open of cards that changed: their wallets may pay now. A claim under way is not disturbed: of two
-- claimants the epoch lets only the later one write. Locks the exposures in the order of their ids.
-- $1 bank ids, $2 card tokens (corresponding by position)
WITH waiting AS MATERIALIZED (
  SELECT exposure.id
  FROM unnest($1::text[], $2::text[]) AS changed (bank_id, card_token)
  JOIN exposure ON exposure.bank_id = changed.bank_id AND exposure.card_token = changed.card_token
  WHERE exposure.state = 'open' AND exposure.next_step_at > now()
  ORDER BY exposure.id
  FOR UPDATE OF exposure
)
UPDATE exposure SET next_step_at = now()
FROM waiting
WHERE exposure.id = waiting.id
RETURNING exposure.id
