-- +goose Up

-- The receipt of the record that an op in quarantine would make, as receipts are
-- kept, so that whoever takes back by it need not wait for all ops to be read.
ALTER TABLE quarantine ADD COLUMN receipt BLOB;
CREATE INDEX quarantine_receipt ON quarantine (receipt) WHERE receipt IS NOT NULL;
