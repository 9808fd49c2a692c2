-- Nothing that PostgreSQL does by itself, at moments of its own, may choose the order in which rows are found.
DO
$$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' LOOP
    EXECUTE 'ALTER TABLE public.' || name || ' SET (autovacuum_enabled = false)';
  END LOOP;
END
$$;
