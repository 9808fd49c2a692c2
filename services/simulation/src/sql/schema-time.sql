-- What PostgreSQL tells of the time and to listeners, told by the simulation: the search path finds these before
-- PostgreSQL's own. A session that was told no time, such as a migration's, has the real one.
CREATE SCHEMA sim;

CREATE FUNCTION sim.now() RETURNS timestamptz LANGUAGE sql STABLE AS
$$ SELECT coalesce(nullif(current_setting('sim.began', true), '')::timestamptz, pg_catalog.now()) $$;

CREATE FUNCTION sim.transaction_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT sim.now() $$;

CREATE FUNCTION sim.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
$$ SELECT coalesce(nullif(current_setting('sim.now', true), '')::timestamptz, pg_catalog.clock_timestamp()) $$;

CREATE FUNCTION sim.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS $$ SELECT sim.clock_timestamp() $$;

-- What is told on a channel comes with the reply, marked by its code, so that sessions need not listen: each that does
-- is woken by every commit that tells anything.
CREATE FUNCTION sim.pg_notify(channel text, payload text) RETURNS void LANGUAGE plpgsql AS
$$
BEGIN
  RAISE NOTICE USING ERRCODE = 'SIM01', MESSAGE = channel, DETAIL = payload;
END
$$;
