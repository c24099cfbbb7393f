-- Who may see which rows. Three kinds of roles come to these tables:
--   the owner, who made them: everything;
--   signal_engine, for servers that log in as a member of it: everything but changing tables;
--   signal_app, for programs beside Signal: the rows of the one person whom the setting signal.viewer names.
-- The security is forced: the owner, too, is let in by a policy. Roles belong to the whole server, so they may be there
-- already, or be made by somebody who may: docs/stores.md says how.

DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['signal_app', 'signal_engine'] LOOP
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            END IF;
        EXCEPTION
            -- Somebody else made it at the same time, or we may not: then its policies come with `signal_roles()`.
            WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
        END;
    END LOOP;
END $$;

-- The person who looks, for signal_app: nobody where the setting is missing or empty.
CREATE FUNCTION signal_viewer() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('signal.viewer', true), '')::uuid;

-- What signal_app may see of each personal table; none where it may see nothing.
CREATE TABLE personal_tables (
    name  text PRIMARY KEY,
    owned text
);
INSERT INTO personal_tables VALUES
    ('entries', NULL), ('entry_streams', NULL), ('entry_people', NULL), ('streams', NULL), ('secrets', NULL),
    ('keys', 'owner'), ('docs', 'owner'), ('edges', 'from_user'), ('seats', 'user_id'), ('dials', 'user_id'),
    ('listens', 'user_id'), ('play_counts', 'user_id'), ('seen', 'user_id'), ('mutes', 'user_id'),
    ('profiles', 'user_id');

DO $$
DECLARE
    personal record;
BEGIN
    FOR personal IN SELECT * FROM personal_tables LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', personal.name);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', personal.name);
        EXECUTE format('CREATE POLICY everything ON %I TO CURRENT_USER USING (true)', personal.name);
    END LOOP;
END $$;

-- A partition is reached through its table alone: nobody has a policy of its own there but the owner.
ALTER TABLE listens_rest ENABLE ROW LEVEL SECURITY;
ALTER TABLE listens_rest FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON listens_rest TO CURRENT_USER USING (true);

-- Lets the two roles in, as far as they exist. The owner calls it again after somebody has made them.
CREATE FUNCTION signal_roles() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    schema text := current_schema();
    personal record;
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'signal_engine') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO signal_engine', schema);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO signal_engine', schema);
        FOR personal IN SELECT * FROM personal_tables LOOP
            EXECUTE format('DROP POLICY IF EXISTS engine ON %I', personal.name);
            EXECUTE format('CREATE POLICY engine ON %I TO signal_engine USING (true)', personal.name);
        END LOOP;
        EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON signal_migrations, personal_tables FROM signal_engine');
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'signal_app') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %I TO signal_app', schema);
        GRANT SELECT ON items, item_claims, artist_genres, merges TO signal_app;
        FOR personal IN SELECT * FROM personal_tables WHERE owned IS NOT NULL LOOP
            EXECUTE format('GRANT SELECT ON %I TO signal_app', personal.name);
            EXECUTE format('DROP POLICY IF EXISTS viewer ON %I', personal.name);
            EXECUTE format('CREATE POLICY viewer ON %I FOR SELECT TO signal_app USING (%I = (SELECT signal_viewer()))',
                personal.name, personal.owned);
        END LOOP;
    END IF;
END $$;
SELECT signal_roles();
