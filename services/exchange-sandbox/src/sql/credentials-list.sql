-- All API keys.
SELECT exchange, api_key, secret, restrictions
FROM exchange_sandbox.credentials
