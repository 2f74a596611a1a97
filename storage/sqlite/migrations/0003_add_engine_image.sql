-- The roster as the exposure engine holds it in memory, as bytes.
--
-- Purpose: a server that starts reads some dozens of megabytes instead of millions of rows.
-- Cost: an empty table. Filled, some 50 bytes for each person; one image is kept.
-- Way back: drop the table; nothing is lost, the image is made again from the roster's rows.

-- `roster_revision` is the revision of the import that the image shows; parts count from 0 and
-- together have the digest `sha256`.
CREATE TABLE engine_image (
  roster_revision INTEGER NOT NULL,
  part            INTEGER NOT NULL CHECK (part >= 0),
  sha256          BLOB NOT NULL CHECK (length(sha256) = 32),
  bytes           BLOB NOT NULL,
  PRIMARY KEY (roster_revision, part)
) STRICT;
