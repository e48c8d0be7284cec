CREATE INDEX IF NOT EXISTS cards_by_card ON cards (card, shadowed);
CREATE INDEX IF NOT EXISTS cards_due ON cards (due, likely) WHERE asked AND due IS NOT NULL;
CREATE INDEX IF NOT EXISTS cards_new ON cards (weight, file, ord, scope) WHERE asked AND due IS NULL;
CREATE INDEX IF NOT EXISTS shadows ON cards (n) WHERE shadowed;
DELETE FROM unseen;
INSERT INTO unseen SELECT scope, count(*) FROM cards WHERE asked AND due IS NULL GROUP BY scope;
CREATE TRIGGER IF NOT EXISTS unseen_came AFTER INSERT ON cards WHEN new.asked AND new.due IS NULL BEGIN
  INSERT INTO unseen VALUES (new.scope, 1) ON CONFLICT DO UPDATE SET cards = cards + 1;
END;
CREATE TRIGGER IF NOT EXISTS unseen_went AFTER DELETE ON cards WHEN old.asked AND old.due IS NULL BEGIN
  UPDATE unseen SET cards = cards - 1 WHERE scope = old.scope;
  DELETE FROM unseen WHERE cards = 0;
END;
CREATE TRIGGER IF NOT EXISTS unseen_changed AFTER UPDATE OF asked, due, scope ON cards
WHEN (new.asked AND new.due IS NULL) <> (old.asked AND old.due IS NULL) OR new.scope <> old.scope BEGIN
  UPDATE unseen SET cards = cards - 1 WHERE scope = old.scope AND old.asked AND old.due IS NULL;
  DELETE FROM unseen WHERE cards = 0;
  INSERT INTO unseen SELECT new.scope, 1 WHERE new.asked AND new.due IS NULL ON CONFLICT DO UPDATE SET cards = cards + 1;
END;
