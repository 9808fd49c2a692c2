-- Which open mandates name a wallet: so that unlinking a card never ends what another card signed.
CREATE INDEX mandate_of_wallet ON mandate (exchange_id, rail, wallet_id) WHERE next_step_at IS NOT NULL;
