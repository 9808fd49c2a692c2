-- What rates were published, for audit and for the chart; the rate of a purchase stands with its decision for ever.

-- One row for each change of a published rate, at most one a second, and one a minute while nothing changes, so that an
-- unchanged rate can be told from none. A rate that a guard refuses has the guard and no prices.
CREATE TABLE rate_history (
  exchange_id text NOT NULL,
  asset text NOT NULL,
  published_at timestamptz NOT NULL,
  -- When the oldest of its sources was heard.
  observed_at timestamptz NOT NULL,
  guard text,
  -- Tenge for one whole coin.
  bid numeric(36, 18),
  ask numeric(36, 18),
  widening_basis_points integer,
  CONSTRAINT rate_history_pkey PRIMARY KEY (exchange_id, asset, published_at),
  CONSTRAINT rate_history_safe_or_refused CHECK (
    CASE
      WHEN guard IS NULL
        THEN bid > 0 AND ask >= bid AND widening_basis_points >= 0 AND bid IS NOT NULL
          AND ask IS NOT NULL AND widening_basis_points IS NOT NULL
      ELSE bid IS NULL AND ask IS NULL AND widening_basis_points IS NULL
    END
  )
);

-- Rows come in the order of time: a block range index finds the old ones to forget at next to no cost.
CREATE INDEX rate_history_age ON rate_history USING brin (published_at);

-- The National Bank's rate of a day: tenge for one whole unit. The first that was heard of a day stands.
CREATE TABLE official_rate (
  currency text NOT NULL,
  day date NOT NULL,
  rate numeric(36, 18) NOT NULL,
  received_at timestamptz NOT NULL,
  CONSTRAINT official_rate_pkey PRIMARY KEY (currency, day),
  CONSTRAINT official_rate_positive CHECK (rate > 0)
);
