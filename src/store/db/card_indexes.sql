CREATE INDEX IF NOT EXISTS cards_by_card ON cards (card, shadowed);
CREATE INDEX IF NOT EXISTS cards_due ON cards (due, likely) WHERE asked AND due IS NOT NULL;
CREATE INDEX IF NOT EXISTS cards_new ON cards (ord, file) WHERE asked AND due IS NULL;
CREATE INDEX IF NOT EXISTS shadows ON cards (n) WHERE shadowed;
