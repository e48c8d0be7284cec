CREATE INDEX cards_by_card ON cards (card, shadowed);
CREATE INDEX cards_due ON cards (due, likely) WHERE asked AND due IS NOT NULL;
CREATE INDEX shadows ON cards (n) WHERE shadowed;
