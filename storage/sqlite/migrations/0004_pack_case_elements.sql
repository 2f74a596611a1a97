-- The elements of a frozen set as a serialized message.
--
-- Purpose: a case of a whole district has hundreds of sets; writing and reading their JSON took longer
--   than everything else about a case together.
-- Cost: a column without a value in the rows there are; no row is rewritten.
-- Way back: cases opened since then keep their elements in the new column only: write them back to
--   `elements` as JSON before dropping it.

-- A rollcall.v1.ExposureSet; NULL in cases opened before, whose elements are the JSON in `elements`.
ALTER TABLE case_group ADD COLUMN packed_elements BLOB;
