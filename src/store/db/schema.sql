-- The database is a cache of the log, the journals, and the decks: dropped and rebuilt whenever its schema changes.
-- Of what decks said before, only `vanished` remains; without it a card that vanished is named without its prompt.
-- Integers wherever a name would repeat; days are study days since 1970-01-01.

CREATE TABLE meta (
  magic      TEXT    NOT NULL,   -- 'rehearse': ours, even if the header says otherwise
  schema     INTEGER NOT NULL,
  rules      TEXT    NOT NULL,   -- the rules with which the states were folded
  log_offset INTEGER NOT NULL,   -- bytes of the log that are taken in
  log_mark   BLOB    NOT NULL,   -- the last bytes before that offset
  journal    TEXT    NOT NULL DEFAULT '', -- whose journals these are, and where
  agenda_day INTEGER,            -- the study day the agenda was made for; null: it must be made again
  upcoming   TEXT                -- the interviews to come, as JSON; null: none
) STRICT;

CREATE TABLE names (             -- ids of cards, of decks and events alike
  n    INTEGER PRIMARY KEY,
  name TEXT    NOT NULL UNIQUE
) STRICT;

CREATE TABLE devices (
  n    INTEGER PRIMARY KEY,
  name TEXT    NOT NULL UNIQUE
) STRICT;

CREATE TABLE events (
  n        INTEGER PRIMARY KEY,
  time     INTEGER NOT NULL,     -- logical clock, unix ms: the order
  device   INTEGER NOT NULL,
  seq      INTEGER NOT NULL,
  crc      INTEGER NOT NULL,
  t        INTEGER NOT NULL,     -- wall clock, unix ms
  logical  INTEGER,              -- as written, if it is not t
  zone     INTEGER NOT NULL,     -- minutes east of UTC
  kind     INTEGER NOT NULL,
  card     INTEGER,              -- the name it had then
  grade    INTEGER,              -- or the score of a mock interview
  proposed INTEGER,
  ms       INTEGER,
  ticks    TEXT,                 -- JSON list
  points   INTEGER,
  flag     INTEGER,              -- hint of a review, on of a suspension
  spot     INTEGER,              -- whether the competency was named, if it was asked for
  other    INTEGER,              -- new name of a rename
  of       TEXT,                 -- event that an undo takes back
  text     TEXT,                 -- name of a device
  mock     TEXT,                 -- first event of the mock interview that a score belongs to
  competency TEXT,               -- digest of what it is a score of
  again    INTEGER,              -- how often the question was repeated
  raw      TEXT,                 -- the line itself, if the columns don't render to the same bytes
  void     INTEGER NOT NULL DEFAULT 0,
  UNIQUE (device, seq, crc)
) STRICT;

CREATE TABLE renames (           -- every old name, with the one under which its history continues
  old   INTEGER PRIMARY KEY,
  final INTEGER NOT NULL
) STRICT;

CREATE TABLE states (            -- the fold of each card's events
  card         INTEGER PRIMARY KEY,
  repetitions  INTEGER NOT NULL,
  ease         INTEGER NOT NULL,
  interval     INTEGER NOT NULL,
  last         INTEGER,
  reviews      INTEGER NOT NULL,
  lapses       INTEGER NOT NULL,
  good         INTEGER NOT NULL, -- reviews graded 4 or 5
  streak       INTEGER NOT NULL, -- of the newest, in a row
  suspended    INTEGER NOT NULL,
  buried       INTEGER,
  brought      INTEGER,
  latest_day   INTEGER,
  latest_grade INTEGER,
  first        INTEGER,
  failed_at    INTEGER,          -- time of the last answer below 4, as in `events`
  stability    REAL,             -- the estimate of recall
  difficulty   REAL,
  spoken_ms    INTEGER NOT NULL, -- of all reviews that have a time
  spoken       INTEGER NOT NULL, -- how many those are
  day_ms       INTEGER NOT NULL, -- the same of the last study day
  day_untimed  INTEGER NOT NULL, -- its reviews without a time
  first_ms     INTEGER,
  first_failed INTEGER NOT NULL, -- whether the first grade was below 3
  repeats_ms   INTEGER NOT NULL, -- of reviews after the first of their day
  repeats      INTEGER NOT NULL
) STRICT;

CREATE TABLE journals (          -- journal files as they were when they were taken in
  path  TEXT PRIMARY KEY,
  stamp BLOB NOT NULL
) STRICT;

CREATE TABLE pages (             -- the events of one device in one month of UTC: a journal file
  device       INTEGER NOT NULL,
  month        INTEGER NOT NULL, -- since January of the year 0
  first        INTEGER NOT NULL, -- the sequence numbers of its events are between these
  last         INTEGER NOT NULL,
  newest       INTEGER NOT NULL, -- the event that came last, by its row
  unsynced     INTEGER NOT NULL, -- reviews that are only in the log of this machine
  blob         TEXT,             -- git's name of the file as it was published
  blob_covers  INTEGER NOT NULL DEFAULT 0, -- up to which row
  stamp        BLOB,             -- the file as it was written to the folder of journals
  stamp_covers INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (device, month)
) STRICT, WITHOUT ROWID;

CREATE TABLE files (             -- deck files, like git's index
  n        INTEGER PRIMARY KEY,
  path     TEXT    NOT NULL UNIQUE,
  stamp    BLOB    NOT NULL,     -- size, times, inode
  hash     BLOB    NOT NULL,
  title    TEXT    NOT NULL,
  is_deck  INTEGER NOT NULL,
  cards    INTEGER NOT NULL,
  head     TEXT    NOT NULL,     -- the text of [deck], for reading a card alone
  faulty   INTEGER NOT NULL,     -- it may hold more than was read: it has an error, or was not read at all
  findings TEXT                  -- JSON, if there are any
) STRICT;

CREATE TABLE cards (
  n              INTEGER PRIMARY KEY, -- file << 24 | ord, so the cards of a file are neighbors
  file           INTEGER NOT NULL,
  ord            INTEGER NOT NULL,    -- its place in the file
  id             INTEGER NOT NULL,    -- as written or derived
  card           INTEGER NOT NULL,    -- after renames
  line           INTEGER NOT NULL,
  start          INTEGER NOT NULL,    -- bytes of its block; equal to stop if only the whole file can be parsed
  stop           INTEGER NOT NULL,
  written        INTEGER NOT NULL,    -- whether the id is written
  suspended      INTEGER NOT NULL,    -- in its file
  weight         INTEGER NOT NULL,    -- how much the answer matters, 1 to 3
  kind           INTEGER NOT NULL,
  variants       INTEGER NOT NULL,    -- how many there are
  seconds        INTEGER NOT NULL,    -- its limit
  prompt         TEXT    NOT NULL,
  tags           TEXT,                -- JSON list, if there are any
  rounds         TEXT,                -- the same
  content_digest INTEGER NOT NULL,    -- of everything but id and prompt
  distinctive    INTEGER NOT NULL,    -- whether that has words of the card's own
  shadowed       INTEGER NOT NULL,    -- the same card is in an earlier place in path order
  -- What the queue asks for, derived from the other columns and from the state whenever either changes:
  asked          INTEGER NOT NULL,    -- neither shadowed nor suspended
  scope          INTEGER NOT NULL,    -- the interviews to come for which it must be ready, as bits
  due            INTEGER,             -- study day, the cap of an interview included; null: never reviewed
  likely         INTEGER NOT NULL     -- seconds a review is likely to take
) STRICT;

CREATE TABLE vanished (          -- cards with history and without a written id, as they were when they vanished
  card    INTEGER PRIMARY KEY,
  prompt  TEXT    NOT NULL,
  file    TEXT    NOT NULL,
  line    INTEGER NOT NULL,
  prev    TEXT,                  -- ids of the neighbors
  next    TEXT,
  content_digest INTEGER NOT NULL,
  distinctive    INTEGER NOT NULL,
  newest_name    INTEGER NOT NULL -- the newest row of `names` at that time
) STRICT;

CREATE TABLE agenda (            -- the cards due on a day, in order; those answered since are skipped
  pos      INTEGER PRIMARY KEY,
  card     INTEGER NOT NULL UNIQUE,
  last     INTEGER,              -- what its place was computed from
  interval INTEGER NOT NULL,
  weight   INTEGER NOT NULL,
  scope    INTEGER NOT NULL
) STRICT;

CREATE TABLE unseen (            -- how many cards that are asked were never reviewed; triggers count them
  scope INTEGER PRIMARY KEY,
  cards INTEGER NOT NULL
) STRICT;

CREATE TABLE stories (           -- `[[story]]` tables
  file  INTEGER NOT NULL,
  id    TEXT    NOT NULL,
  title TEXT    NOT NULL,
  shows TEXT    NOT NULL,        -- JSON list
  PRIMARY KEY (file, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE told (              -- how often a `[[told]]` of a file names a story
  file  INTEGER NOT NULL,
  story TEXT    NOT NULL,
  times INTEGER NOT NULL,
  PRIMARY KEY (file, story)
) STRICT, WITHOUT ROWID;

CREATE TABLE mentions (          -- names in decks that should be defined somewhere
  file  INTEGER NOT NULL,
  start INTEGER NOT NULL,        -- the bytes of the name in the file
  "end" INTEGER NOT NULL,
  what  TEXT    NOT NULL,        -- story, card, interview, deck, tag
  name  TEXT    NOT NULL,
  PRIMARY KEY (file, start)
) STRICT, WITHOUT ROWID;

CREATE TABLE interviews (
  file        INTEGER PRIMARY KEY,
  interviewer TEXT,
  body        TEXT    NOT NULL   -- JSON
) STRICT;

CREATE TABLE debriefs (
  file INTEGER PRIMARY KEY,
  body TEXT    NOT NULL          -- JSON
) STRICT;
