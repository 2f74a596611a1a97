-- The register's own keys.
--
-- Purpose: data keys, each wrapped by a key-encryption key that never lies in the database.
-- Cost: creates an empty table only.
-- Way back: DROP TABLE data_key; everything that was sealed under its keys is then lost.

-- `check` tells at the start whether the key-encryption key is the right one. Of the keys for
-- sealing the newest one seals; the others wait until nothing is sealed under them any more.
CREATE TABLE data_key (
  key_id      INTEGER PRIMARY KEY CHECK (key_id BETWEEN 0 AND 4294967295),
  purpose     TEXT NOT NULL CHECK (purpose IN ('check', 'sealing', 'blind_index')),
  wrapped     BLOB NOT NULL CHECK (length(wrapped) > 0),
  create_time INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX data_key_single ON data_key (purpose) WHERE purpose <> 'sealing';
