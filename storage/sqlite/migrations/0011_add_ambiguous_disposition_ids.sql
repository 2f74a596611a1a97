-- How many ids of a certificate name more than one person.
--
-- Purpose: such an id removes nobody, and somebody must look at it.
-- Cost: a column with a default; no row is rewritten.
-- Way back: drop the column.

ALTER TABLE disposition ADD COLUMN ambiguous INTEGER NOT NULL DEFAULT 0;
