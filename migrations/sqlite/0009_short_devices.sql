-- +goose Up

-- A code that was asked for by mail lets in a device that ends by itself: after so
-- many microseconds. 0: it does not.
ALTER TABLE invitations ADD COLUMN life INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN expires INTEGER NOT NULL DEFAULT 0;
