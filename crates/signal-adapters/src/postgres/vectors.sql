-- Taste vectors for an index of pgvector's, kept by the database itself whichever process writes profiles.
CREATE EXTENSION IF NOT EXISTS vector;

CREATE TABLE profile_vectors (
    user_id uuid PRIMARY KEY REFERENCES profiles ON DELETE CASCADE,
    model   text NOT NULL,
    numbers vector(384) NOT NULL
);
CREATE INDEX profile_vectors_nearest ON profile_vectors USING hnsw (numbers vector_cosine_ops);

INSERT INTO personal_tables VALUES ('profile_vectors', 'user_id');
ALTER TABLE profile_vectors ENABLE ROW LEVEL SECURITY;
ALTER TABLE profile_vectors FORCE ROW LEVEL SECURITY;
CREATE POLICY everything ON profile_vectors TO CURRENT_USER USING (true);
SELECT signal_roles();

-- A vector of all zeros has no direction, and one of another length no place in the index.
CREATE FUNCTION signal_keep_vector() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.trained AND cardinality(NEW.numbers) = 384 AND EXISTS (SELECT FROM unnest(NEW.numbers) n WHERE n <> 0) THEN
        INSERT INTO profile_vectors VALUES (NEW.user_id, NEW.model, NEW.numbers::vector(384))
        ON CONFLICT (user_id) DO UPDATE SET model = excluded.model, numbers = excluded.numbers;
    ELSE
        DELETE FROM profile_vectors WHERE user_id = NEW.user_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_vector AFTER INSERT OR UPDATE ON profiles FOR EACH ROW EXECUTE FUNCTION signal_keep_vector();
UPDATE profiles SET numbers = numbers;
