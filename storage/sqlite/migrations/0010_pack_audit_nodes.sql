-- Nodes of the audit log's tree move into the row of the entry that completes them.
--
-- Purpose: an entry is one row at the end of one table; nodes in a table of their own took as long as
--   all the rest, since each level of the tree grew in another place.
-- Cost: none; no released version has kept a log in the tables of step 7. The step refuses a register
--   that has one rather than lose it.
-- Way back: that of step 7.

CREATE TABLE audit_guard (entries INTEGER NOT NULL CHECK (entries = 0)) STRICT;
INSERT INTO audit_guard SELECT COUNT(*) FROM audit_entry;
DROP TABLE audit_guard;

DROP TABLE audit_node;
DROP TABLE audit_entry;

-- As in step 7; `nodes` are the roots over the last 2, 4, 8, ... entries, this one included, as far
-- as they are complete with it: 32 bytes for each factor two of idx + 1.
CREATE TABLE audit_entry (
  idx       INTEGER PRIMARY KEY CHECK (idx >= 0),
  time      INTEGER NOT NULL,
  kind      TEXT NOT NULL,
  principal TEXT NOT NULL,
  method    TEXT NOT NULL,
  leaf_hash BLOB NOT NULL CHECK (length(leaf_hash) = 32),
  nodes     BLOB NOT NULL CHECK (length(nodes) % 32 = 0),
  entry     BLOB NOT NULL CHECK (length(entry) <= 65536)
) STRICT;
