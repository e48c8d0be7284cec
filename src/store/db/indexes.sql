CREATE INDEX renames_by_final ON renames (final);
CREATE INDEX states_by_day ON states (latest_day, first);
CREATE INDEX states_again ON states (latest_day) WHERE latest_grade < 4;
CREATE INDEX states_buried ON states (buried) WHERE buried IS NOT NULL;
CREATE INDEX faulty ON files (path) WHERE findings IS NOT NULL;
