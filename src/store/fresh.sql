CREATE TRIGGER fresh_came AFTER INSERT ON cards WHEN new.asked AND new.due IS NULL BEGIN
  UPDATE files SET fresh = min(coalesce(fresh, new.ord), new.ord) WHERE n = new.file;
END;
CREATE TRIGGER fresh_went AFTER DELETE ON cards WHEN old.asked AND old.due IS NULL BEGIN
  UPDATE files SET fresh = (SELECT c.ord FROM cards c WHERE c.n > old.n AND c.n <= old.n | 0xffffff
    AND c.asked AND c.due IS NULL ORDER BY c.n LIMIT 1) WHERE n = old.file AND fresh = old.ord;
END;
CREATE TRIGGER fresh_again AFTER UPDATE OF asked, due ON cards
WHEN (new.asked AND new.due IS NULL) AND NOT (old.asked AND old.due IS NULL) BEGIN
  UPDATE files SET fresh = min(coalesce(fresh, new.ord), new.ord) WHERE n = new.file;
END;
CREATE TRIGGER fresh_no_more AFTER UPDATE OF asked, due ON cards
WHEN (old.asked AND old.due IS NULL) AND NOT (new.asked AND new.due IS NULL) BEGIN
  UPDATE files SET fresh = (SELECT c.ord FROM cards c WHERE c.n > old.n AND c.n <= old.n | 0xffffff
    AND c.asked AND c.due IS NULL ORDER BY c.n LIMIT 1) WHERE n = old.file AND fresh = old.ord;
END;
