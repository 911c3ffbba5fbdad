-- +goose Up

-- The newest version of the release, '' = not known: Windows tells its build (10.0.19045), and only by that is its release known.
ALTER TABLE devices_releases ADD COLUMN latest TEXT NOT NULL DEFAULT '';
