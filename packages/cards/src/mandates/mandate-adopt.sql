-- Takes up a mandate that a bank had signed elsewhere, to end it at its exchange. No row: another card, perhaps of
-- another bank, signed it through us. It is that card's, whatever link this one was given, and not ended.
-- $1 id, $2 reference, $3 bank_id, $4 card_token, $5 the wallet link, $6 reason
INSERT INTO mandate (
  id, reference, bank_id, card_token, exchange_id, rail, assets, state, reason, wallet_id, user_id, next_step_at
)
SELECT
  $1, $2, $3, $4, link.exchange, link.rail, link.assets, 'ending', $6, link."walletId", link."userId", now()
FROM jsonb_to_record($5::jsonb) AS link (exchange text, rail text, "walletId" text, "userId" text, assets text[])
WHERE (
  SELECT theirs.id
  FROM mandate AS theirs
  WHERE theirs.exchange_id = link.exchange
    AND theirs.rail = link.rail
    AND theirs.wallet_id = link."walletId"
    AND theirs.next_step_at IS NOT NULL
    AND (theirs.bank_id, theirs.card_token) <> ($3, $4)
    AND theirs.state = 'signed'
  LIMIT 1
) IS NULL
RETURNING id, pg_notify('mandate_due', '') AS woken
