-- Adds an API key or replaces its secret.
-- $1 exchange, $2 API key, $3 secret, $4 restrictions as a JSON object
INSERT INTO exchange_sandbox.credentials (exchange, api_key, secret, restrictions)
VALUES ($1, $2, $3, $4::JSONB)
ON CONFLICT ON CONSTRAINT credentials_pk
DO UPDATE SET secret = EXCLUDED.secret, restrictions = EXCLUDED.restrictions
