-- Declines an authorization that its authorizer never concluded, if it is still undecided: whoever finds it decided
-- changes nothing. Its limits get back what it had counted. The response stays absent until the bank asks again.
CREATE FUNCTION authorization_decline_in_doubt(authorization_id uuid)
RETURNS boolean LANGUAGE sql AS $$
  WITH declined AS (
    UPDATE "authorization" AS undecided
    SET state = 'declined', decline_reason = 'exchange_in_doubt', concluded_at = clock_timestamp()
    WHERE undecided.id = $1 AND undecided.state = 'accepted'
    RETURNING
      undecided.id, undecided.bank_id, undecided.card_token, undecided.usage_day,
      coalesce(undecided.billing_amount, 0) AS amount
  ),
  recorded AS (
    INSERT INTO authorization_event (authorization_id, kind, detail)
    SELECT id, 'declined', 'exchange_in_doubt' FROM declined
    RETURNING 1
  ),
  given_back AS (
    SELECT card_usage_give_back(
      array_agg(bank_id), array_agg(card_token), array_agg(usage_day), array_agg(amount)
    )
    FROM declined
  )
  SELECT EXISTS (SELECT FROM recorded) FROM given_back
$$;
