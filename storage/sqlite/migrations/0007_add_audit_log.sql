-- The tamper-evident log (docs/audit-log-format.md).
--
-- Purpose: every change and every reading of personal fields leaves an entry that nobody can change
--   or remove unseen.
-- Cost: empty tables. Filled, some 700 bytes for each change.
-- Way back: drop the tables; the register itself does not read them. Checkpoints that were kept
--   elsewhere then show that there was a log.

-- `entry` and `leaf_hash` are the log; the other columns repeat what the entry says, for lists.
-- They stand first so that a list need not read past them. `time` is in microseconds.
CREATE TABLE audit_entry (
  idx       INTEGER PRIMARY KEY CHECK (idx >= 0),
  time      INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  principal TEXT NOT NULL,
  method    TEXT NOT NULL,
  leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
  entry     BLOB NOT NULL CHECK (length(entry) <= 65536)
) STRICT;

-- The root over the leaves idx * 2^level up to before (idx + 1) * 2^level; leaves themselves
-- (level 0) are in audit_entry.
CREATE TABLE audit_node (
  level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 62),
  idx   INTEGER NOT NULL CHECK (idx >= 0),
  hash  BLOB NOT NULL CHECK (length(hash) = 32),
  PRIMARY KEY (level, idx)
) STRICT, WITHOUT ROWID;

-- One signed head for each commit that appended.
CREATE TABLE audit_checkpoint (
  size INTEGER PRIMARY KEY CHECK (size > 0),
  note TEXT NOT NULL
) STRICT;

-- What opens the commitments of an entry, counted in the order of its bytes. Removing the rows of a
-- subject makes what the log says of it meaningless without touching the log.
CREATE TABLE audit_salt (
  entry_idx INTEGER NOT NULL,
  place     INTEGER NOT NULL CHECK (place >= 0),
  subject   TEXT NOT NULL,
  salt      BLOB NOT NULL CHECK (length(salt) = 16),
  PRIMARY KEY (entry_idx, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_salt_by_subject ON audit_salt (subject, entry_idx);
