//! From the text of one file to a [`Deck`] and its findings.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::blocks::{
    Block, MARKERS_HELP, REJOIN_BUDGET, Start, blocks, first_within, is_origin, rejoin, too_many_tokens,
};
use super::card::{Card, Kind, Rest, Story};
use super::file::{Deck, stem};
use super::id::CardId;
use super::interview::{Heard, Interview, Interviewer, Told};
use super::keys::{MAIN, TABLES, table};
use super::language::is_english;
use super::placeholders;
use super::speaking_time::WPM;
use super::syntax;
use super::{competencies, lint};
use crate::diagnostic::{Diagnostic, Severity, Source, Span};
use crate::grammar::{self, Fields, Item, Key, MOST_FAULTS, Table, Value};
use crate::text::{did_you_mean, minutes_seconds, nearest};

/// Text from bytes: what is not UTF-8 becomes U+FFFD, and the places (bytes of the text) where that happened are given.
pub(crate) fn decode(bytes: Vec<u8>) -> (String, Vec<usize>) {
    let bytes = match String::from_utf8(bytes) {
        Ok(text) => return (text, Vec::new()),
        Err(error) => error.into_bytes(),
    };
    let mut text = String::with_capacity(bytes.len());
    let mut broken = Vec::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            broken.push(text.len());
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    (text, broken)
}

/// What to do about bytes that are not UTF-8.
pub(crate) const SAVE_AS_UTF8: &str = "save the file as UTF-8 in your editor";

/// Keys whose words are a card's own.
pub(crate) const TELLING: &[&str] =
    &["answer", "accept", "parts", "points", "variants", "followups", "hint", "keywords", "note"];

/// Reads a deck. Every fault is a finding; what is right is in the deck. `broken` are the places that were not UTF-8.
pub fn parse(source: &Source, broken: &[usize]) -> (Deck, Vec<Diagnostic>) {
    let mut builder = Builder::new(source);
    if source.text.starts_with("\u{fffd}\u{fffd}") && broken.starts_with(&[0]) {
        let finding = source.error(0..0, "encoding", "the file is UTF-16, not UTF-8");
        return (builder.deck, vec![finding.help(SAVE_AS_UTF8)]);
    }
    if too_many_tokens(&source.text) {
        let message = "more brackets and signs than a deck can hold; it is not read";
        return (builder.deck, vec![source.error(0..0, "too-large", message)]);
    }
    let (root, errors) = DeTable::parse_recoverable(&source.text);
    if errors.is_empty() && broken.is_empty() {
        builder.document(0, root.get_ref());
    } else {
        builder.blocks(broken);
        if builder.findings.iter().all(|finding| finding.severity != Severity::Error) {
            builder.findings.extend(syntax::first(source, 0, source.text.len(), &errors));
        }
        builder.deck.is_deck = true;
    }
    builder.finish()
}

/// A card read from its block, which begins at a line, and from the `[deck]` block of its file. `None` where that cannot
/// be told from these two alone; then the whole file must be read.
pub(crate) fn card_in(path: &str, head: &str, block: &str, line: usize) -> Option<Card> {
    let both = Source::new(path, format!("{head}\n{block}"));
    let (deck, findings) = parse(&both, &[]);
    // What is doubtful in a card changes nothing in it.
    let is_told = findings.iter().all(|finding| finding.severity != Severity::Error);
    let [card] = <[Card; 1]>::try_from(deck.cards).ok().filter(|_| is_told)?;
    let suspended_line = card.suspended_line.map(|suspended| suspended - card.line + line);
    Some(Card { line, suspended_line, ..card })
}

struct Builder<'s> {
    source: &'s Source,
    deck: Deck,
    defaults: Defaults,
    /// Cards wait until all defaults are known: `[deck]` may stand below them.
    cards: Vec<(Span, Fields)>,
    stories: Vec<(Span, Fields)>,
    /// The headers of cards that have nothing to tick and should.
    bare: Vec<Span>,
    findings: Vec<Diagnostic>,
    /// Where each table that may stand once was seen.
    once: Vec<&'static str>,
    /// Root keys that are no table of ours.
    strangers: Vec<(Span, String)>,
    /// Where the blocks begin and end.
    blocks: Vec<Block>,
}

#[derive(Default)]
struct Defaults {
    kind: Kind,
    limit: Option<u32>,
    tags: Vec<String>,
    shows: Vec<String>,
    round: Vec<i64>,
    needs: Option<Vec<String>>,
    phases: Option<Vec<String>>,
    off: Vec<String>,
}

impl<'s> Builder<'s> {
    fn new(source: &'s Source) -> Self {
        Builder {
            source,
            deck: Deck { language: "en".into(), ..Deck::default() },
            defaults: Defaults::default(),
            cards: Vec::new(),
            stories: Vec::new(),
            bare: Vec::new(),
            findings: Vec::new(),
            once: Vec::new(),
            strangers: Vec::new(),
            blocks: blocks(&source.text),
        }
    }

    /// The bytes of the block in which a header stands.
    fn block(&self, header: usize) -> Span {
        let n = self.blocks.partition_point(|block| block.span.end <= header);
        self.blocks.get(n).map_or(0..0, |block| block.span.clone())
    }

    /// Reads block by block: each that parses alone counts, each that does not is one finding.
    fn blocks(&mut self, broken: &[usize]) {
        let blocks = std::mem::take(&mut self.blocks);
        let mut budget = REJOIN_BUDGET;
        let text = &self.source.text;
        // Whether a conflict is open above, and whether this is what both of its sides began with.
        let (mut open, mut origin) = (false, false);
        let mut n = 0;
        while n < blocks.len() {
            let block = &blocks[n];
            n += 1;
            let span = block.span.clone();
            if block.start == Start::Conflict {
                origin = is_origin(text, &blocks[n - 1..], open);
                open = text[span.clone()].starts_with('<') || origin;
            } else if origin {
                continue;
            }
            // One more than is named tells that there are more.
            self.findings.truncate(MOST_FAULTS + 1);
            if let Some(at) = first_within(broken, &span) {
                let finding = self.source.error(at..at + 3, "encoding", "not UTF-8 here");
                self.findings.push(finding.help(SAVE_AS_UTF8));
                continue;
            }
            if block.start == Start::Conflict {
                let marker = span.start..self.source.line_span(self.source.line(span.start)).end;
                let finding =
                    self.source.error(marker, "conflict-markers", "TOML syntax error: a merge conflict is left here");
                self.findings.push(finding.help(MARKERS_HELP));
                continue;
            }
            if blocks.get(n).is_some_and(|next| goes_on(text, next)) {
                // The markers are named. Half a card might be another card, with a history of its own.
                continue;
            }
            let (root, errors) = DeTable::parse_recoverable(&text[span.clone()]);
            if errors.is_empty() {
                self.document(span.start, root.get_ref());
                continue;
            }
            // A `"""` text may hold a line that begins with `[`: then the block goes on in the next ones.
            if let Some((end, taken)) = rejoin(text, &blocks[n - 1..], broken, &mut budget) {
                let (root, _) = DeTable::parse_recoverable(&text[span.start..end]);
                self.document(span.start, root.get_ref());
                n += taken;
                continue;
            }
            if self.findings.len() <= MOST_FAULTS {
                self.findings.extend(syntax::first(self.source, span.start, span.end, &errors));
            }
        }
        // Text that was not UTF-8 stands elsewhere than in the file.
        self.blocks = if broken.is_empty() { blocks } else { Vec::new() };
    }

    /// Takes the tables of a document, or of a block that begins at `base`.
    fn document(&mut self, base: usize, root: &DeTable<'_>) {
        let header = |value: &Spanned<DeValue<'_>>| value.span().start + base..value.span().end + base;
        for (name, value) in root {
            let at = name.span().start + base..name.span().end + base;
            let Some(spec) = table(name.get_ref()) else {
                if self.strangers.len() <= MOST_FAULTS {
                    self.strangers.push((at, name.get_ref().to_string()));
                    self.numbers(base, value);
                }
                continue;
            };
            match (value.get_ref(), spec.many) {
                (DeValue::Table(keys), false) => {
                    if self.once.contains(&spec.name) {
                        let message = format!("`{}` stands twice in this file", spec.header());
                        self.findings.push(self.source.error(at, "repeated-table", message).help("join the two"));
                    } else {
                        self.once.push(spec.name);
                        self.table(base, header(value), spec, keys);
                    }
                }
                (DeValue::Array(tables), true) if tables.iter().all(|table| table.get_ref().is_table()) => {
                    for table in tables.iter() {
                        if let DeValue::Table(keys) = table.get_ref() {
                            self.table(base, header(table), spec, keys);
                        }
                    }
                }
                _ => {
                    self.deck.is_deck = true;
                    let message = format!("`{}` must be written `{}`", spec.name, spec.header());
                    let help =
                        if spec.many { "with two brackets, once for each" } else { "with one bracket, once a file" };
                    self.findings.push(self.source.error(at, "wrong-table", message).help(help));
                }
            }
        }
    }

    /// Names the numbers that are none. The parser leaves it to whoever reads a value, and nobody reads a stranger's.
    fn numbers(&mut self, base: usize, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            _ if self.findings.len() > MOST_FAULTS => {}
            DeValue::Integer(number) if !digits(number.as_str(), number.radix()) => {
                let span = value.span().start + base..value.span().end + base;
                self.findings.push(self.source.error(span, "syntax", "TOML syntax error: not a number"));
            }
            DeValue::Array(values) => values.iter().for_each(|value| self.numbers(base, value)),
            DeValue::Table(table) => table.values().for_each(|value| self.numbers(base, value)),
            _ => {}
        }
    }

    fn table(&mut self, base: usize, header: Span, spec: &'static Table, table: &DeTable<'_>) {
        self.deck.is_deck = true;
        self.findings.truncate(MOST_FAULTS + 1);
        // An inline or dotted table has no header line to point at: its span is the best there is.
        let header = header.start..header.end.min(self.source.line_span(self.source.line(header.start)).end);
        let keys: Vec<&'static Key> = spec.keys.iter().collect();
        let before = self.findings.len();
        let mut fields = grammar::read(self.source, base, header.clone(), spec.name, &keys, table, &mut self.findings);
        if self.findings.len() > before && spec.name != "deck" {
            return;
        }
        self.deck.mentions.append(&mut fields.mentions);
        match spec.name {
            "deck" => self.defaults(&mut fields),
            "card" => self.cards.push((header, fields)),
            "story" => self.stories.push((header, fields)),
            "interview" => self.deck.interview = Some(self.interview(&mut fields)),
            "debrief" => self.deck.debrief = fields.text("interview"),
            "interviewer" => self.deck.interviewers.push(Interviewer {
                name: fields.text("name").unwrap_or_default(),
                title: fields.text("title"),
                note: fields.text("note"),
                thanked: !matches!(fields.take("thanked"), None | Some((_, Value::Flag(false)))),
            }),
            "heard" => self.deck.heard.push(Heard {
                said: fields.text("said").unwrap_or_default(),
                by: fields.text("by"),
                cards: fields.texts("use").unwrap_or_default(),
            }),
            _ => self.deck.told.push(Told {
                story: fields.text("story").unwrap_or_default(),
                to: fields.texts("to").unwrap_or_default(),
            }),
        }
    }

    fn defaults(&mut self, fields: &mut Fields) {
        self.deck.title = fields.text("title");
        self.deck.language = fields.text("language").unwrap_or_else(|| "en".into());
        self.defaults = Defaults {
            kind: fields.text("kind").and_then(|word| Kind::parse(&word)).unwrap_or_default(),
            limit: seconds(fields),
            tags: fields.texts("tags").unwrap_or_default(),
            shows: fields.texts("shows").unwrap_or_default(),
            round: fields.wholes("round").unwrap_or_default(),
            needs: fields.texts("needs"),
            phases: fields.texts("phases"),
            off: fields.texts("off").unwrap_or_default(),
        };
        self.deck.kind = self.defaults.kind;
    }

    fn interview(&self, fields: &mut Fields) -> Interview {
        Interview {
            id: fields.text("id").unwrap_or_else(|| stem(&self.source.path).to_owned()),
            company: fields.text("company"),
            also: fields.texts("also").unwrap_or_default(),
            role: fields.text("role"),
            role_also: fields.texts("role_also").unwrap_or_default(),
            date: fields.day("date"),
            round: fields.whole("round"),
            values: fields.texts("values").unwrap_or_default(),
            qualifications: fields.texts("qualifications").unwrap_or_default(),
            competencies: competencies::titles(fields.texts("competencies").unwrap_or_default()),
            wpm: fields.whole("wpm").and_then(|wpm| u32::try_from(wpm).ok()).unwrap_or(WPM),
            decks: fields.texts("decks").unwrap_or_default(),
            tags: fields.texts("tags").unwrap_or_default(),
        }
    }

    fn card(&mut self, header: Span, mut fields: Fields) -> Card {
        let rest = Rest { digest: fields.digest(&["id", "prompt"]), telling: fields.has_words(TELLING) };
        let prompt_span = fields.span("prompt").unwrap_or(header.clone());
        let (limit_span, answer_span) = (fields.span("limit"), fields.span("answer"));
        let [accept_span, suspended_span, variants_span, followups_span, parts_span, points_span] =
            ["accept", "suspended", "variants", "followups", "parts", "points"].map(|key| fields.span(key));
        let prompt = fields.text("prompt").unwrap_or_default();
        let kind = fields.text("kind").and_then(|word| Kind::parse(&word)).unwrap_or(self.defaults.kind);
        let written = fields.text("id").and_then(|id| CardId::parse(&id));
        let all = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        let applies = matches!(kind, Kind::Motive | Kind::Plan);
        let defaults = &self.defaults;
        let needs = fields.texts("needs").or(defaults.needs.clone());
        let phases = fields.texts("phases").or(defaults.phases.clone());
        let card = Card {
            written: written.is_some(),
            id: written.unwrap_or_else(|| CardId::derived(&prompt)),
            line: self.source.line(header.start),
            block: self.block(header.start),
            header,
            kind,
            answer: fields.text("answer"),
            accept: fields.texts("accept").unwrap_or_default(),
            parts: fields.items("parts").unwrap_or_default(),
            points: fields.items("points").unwrap_or_default(),
            variants: fields.texts("variants").unwrap_or_default(),
            followups: fields.texts("followups").unwrap_or_default(),
            hint: fields.text("hint"),
            limit: seconds(&mut fields).or(defaults.limit).unwrap_or(kind.limit()),
            round: fields.wholes("round").unwrap_or_else(|| defaults.round.clone()),
            shows: fields.texts("shows").unwrap_or_else(|| defaults.shows.clone()),
            keywords: fields.texts("keywords").unwrap_or_default(),
            stories: fields.texts("stories").unwrap_or_default(),
            needs: needs.unwrap_or_else(|| if applies { all(&["company", "role"]) } else { Vec::new() }),
            phases: phases.unwrap_or_else(|| if kind == Kind::Plan { all(&["30", "60", "90"]) } else { Vec::new() }),
            off: fields.texts("off").unwrap_or_else(|| defaults.off.clone()),
            note: fields.text("note"),
            source: fields.text("source"),
            tags: fields.texts("tags").unwrap_or_else(|| defaults.tags.clone()),
            language: self.deck.language.clone(),
            suspended_line: suspended_span
                .filter(|_| fields.flag("suspended") == Some(true))
                .map(|span| self.source.line(span.start)),
            prompt,
            rest,
        };
        self.placeholders(&prompt_span, std::slice::from_ref(&card.prompt));
        self.placeholders(variants_span.as_ref().unwrap_or(&prompt_span), &card.variants);
        self.placeholders(followups_span.as_ref().unwrap_or(&prompt_span), &card.followups);
        self.repeats("part", parts_span.clone(), &card.parts, &card.prompt);
        self.repeats("point", points_span.clone(), &card.points, &card.prompt);
        if lint::has_no_points(&card, self.english()) {
            self.bare.push(card.header.clone());
        }
        self.synonyms(variants_span, &card);
        self.cues(parts_span, &card.parts);
        self.cues(points_span, &card.points);
        if let (Some(seconds), Some(span)) = (lint::too_long_for_limit(&card), limit_span.or(answer_span)) {
            let (takes, limit) = (minutes_seconds(seconds), minutes_seconds(u64::from(card.limit)));
            let message =
                format!("the model answer takes {takes} aloud at {WPM} words a minute, and the limit is {limit}");
            let help = "shorten the answer, or give it more time with `limit`";
            self.findings.push(self.source.warning(span, "short-limit", message).help(help));
        }
        if let (Some(span), true) = (accept_span, kind != Kind::Fact) {
            let message = format!("`accept` counts only for cards of kind `fact`, and this one is `{}`", kind.word());
            self.findings.push(self.source.warning(span, "unused-key", message).help("write the answer into `points`"));
        }
        card
    }

    /// Names the words in braces that nothing fills in, in texts that are written at a span: one, or a list.
    fn placeholders(&mut self, span: &Span, texts: &[String]) {
        let unknown = |text: &String| placeholders::unknown(text).next().is_some();
        if !texts.iter().any(unknown) || self.findings.len() > MOST_FAULTS {
            return;
        }
        let places = self.entries(span);
        for (n, text) in texts.iter().enumerate().filter(|(_, text)| unknown(text)) {
            if self.findings.len() > MOST_FAULTS {
                break;
            }
            let place = places.get(n).unwrap_or(span);
            let mut words: Vec<&str> = placeholders::unknown(text).collect();
            words.sort_unstable();
            words.dedup();
            for word in words.into_iter().take(MOST_FAULTS + 1) {
                self.findings.push(self.placeholder(place, word));
            }
        }
    }

    /// What to say of a word in braces, in a text that is written at a span.
    fn placeholder(&self, span: &Span, word: &str) -> Diagnostic {
        let braced = format!("{{{word}}}");
        let found = self.written(span).and_then(|written| written.find(&braced));
        let span = found.map_or(span.clone(), |found| span.start + found..span.start + found + braced.len());
        let known = placeholders::NAMES.map(|word| format!("{{{word}}}"));
        let help = did_you_mean(&braced, &known.each_ref().map(String::as_str));
        let message = format!("`{braced}` is not filled in and stands as it is");
        self.source.warning(span, "placeholder", message).help(help)
    }

    /// Names the parts or points, written in a list, that say no more than the prompt.
    fn repeats(&mut self, noun: &str, list: Option<Span>, items: &[Item], prompt: &str) {
        let same = |item: &Item| letters(&item.text).eq(letters(prompt)) && letters(prompt).next().is_some();
        let message = || format!("this {noun} only says the prompt again");
        let help = "write what a good answer says; this could be ticked without one";
        let found = (0..).zip(items).filter(|(_, item)| same(item)).map(|(n, _)| (n, message()));
        self.at_entries(list, "repeats-prompt", help, found);
    }

    /// Warns of entries of a list, each by its number and with what is wrong with it.
    fn at_entries(
        &mut self,
        list: Option<Span>,
        check: &'static str,
        help: &str,
        found: impl Iterator<Item = (usize, String)>,
    ) {
        let mut found = found.take(MOST_FAULTS + 1).peekable();
        let Some(list) = list.filter(|_| self.findings.len() <= MOST_FAULTS && found.peek().is_some()) else { return };
        let places = self.entries(&list);
        for (n, message) in found {
            let place = places.get(n).unwrap_or(&list).clone();
            self.findings.push(self.source.warning(place, check, message).help(help));
        }
    }

    fn english(&self) -> bool {
        is_english(&self.deck.language)
    }

    /// Names the variants that only ask the prompt again.
    fn synonyms(&mut self, list: Option<Span>, card: &Card) {
        let english = self.english();
        let again = |variant: &String| lint::is_synonym(&card.prompt, variant, english);
        let message = "this variant asks for the same as the prompt in other words";
        let help = "ask for it in another situation, or from another side; a synonym does not help";
        let found =
            (0..).zip(&card.variants).filter(|(_, variant)| again(variant)).map(|(n, _)| (n, message.to_owned()));
        self.at_entries(list, "synonym-variant", help, found);
    }

    /// Names the cue words of parts or points, written in a list, that can never tell anything.
    fn cues(&mut self, list: Option<Span>, items: &[Item]) {
        let help = "a cue is a word or a few that the answer is likely to hold, such as `hindsight`";
        let unfit = |(n, item)| lint::unfit_cues(item).into_iter().map(move |(_, why)| (n, why));
        self.at_entries(list, "unfit-cue", help, (0..).zip(items).flat_map(unfit));
    }

    /// Names the cards of this file whose answer could be ticked and has nothing to tick: once, at the first of them.
    fn no_points(&mut self) {
        let Some(first) = self.bare.iter().min_by_key(|header| header.start).cloned() else { return };
        let message = match self.bare.len() {
            1 => "this card has no points and no parts: nothing in the answer can be ticked".to_owned(),
            cards => format!("{cards} cards from here on have no points and no parts: nothing can be ticked"),
        };
        let help = "write what a good answer says into `points`, two to five of a few words each";
        self.findings.push(self.source.info(first, "no-points", message).help(help));
    }

    /// Where the entries of a list are written; none if it is no list. Faults are rare: the list is read again for one.
    fn entries(&self, list: &Span) -> Vec<Span> {
        let text = format!("x={}", self.written(list).unwrap_or_default());
        let (again, _) = DeTable::parse_recoverable(&text);
        let entries = again.get_ref().get("x").and_then(|list| list.get_ref().as_array());
        let place = |entry: Span| entry.start + list.start - 2..entry.end + list.start - 2;
        entries.map_or(Vec::new(), |entries| entries.iter().map(|entry| place(entry.span())).collect())
    }

    /// The text of a span, unless it is so long that looking for a place in it is not worth it.
    fn written(&self, span: &Span) -> Option<&str> {
        const LONGEST: usize = 1 << 16;
        self.source.text.get(span.clone()).filter(|written| written.len() <= LONGEST)
    }

    /// A story as a card: its fields are what a good telling says.
    fn story(&mut self, header: Span, mut fields: Fields) -> Card {
        let rest = Rest { digest: fields.digest(&["id", "title"]), telling: false };
        let title = fields.text("title").unwrap_or_default();
        let story = Story {
            id: fields.text("id").and_then(|id| CardId::parse(&id)).unwrap_or_else(|| CardId::derived(&title)),
            title,
            year: fields.whole("year"),
            challenge: fields.text("challenge"),
            context: fields.text("context"),
            action: fields.texts("action").unwrap_or_default(),
            result: fields.text("result"),
            lesson: fields.text("lesson"),
            shows: fields.texts("shows").unwrap_or_else(|| self.defaults.shows.clone()),
            tags: fields.texts("tags").unwrap_or_else(|| self.defaults.tags.clone()),
        };
        let point = |text: &String| Item { text: text.clone(), any: Vec::new() };
        let told = story.challenge.iter().chain(&story.context).chain(&story.action).chain(&story.result);
        let card = Card {
            id: story.id.clone(),
            written: true,
            line: self.source.line(header.start),
            block: self.block(header.start),
            header,
            prompt: format!("Tell the story: {}", story.title),
            kind: Kind::Story,
            answer: None,
            accept: Vec::new(),
            parts: Vec::new(),
            points: told.map(point).collect(),
            variants: Vec::new(),
            followups: Vec::new(),
            hint: None,
            limit: self.defaults.limit.unwrap_or(Kind::Story.limit()),
            round: self.defaults.round.clone(),
            shows: story.shows.clone(),
            keywords: Vec::new(),
            stories: Vec::new(),
            needs: Vec::new(),
            phases: Vec::new(),
            off: self.defaults.off.clone(),
            note: story.lesson.as_ref().map(|lesson| format!("What I learned: {lesson}")),
            source: None,
            tags: story.tags.clone(),
            language: self.deck.language.clone(),
            suspended_line: None,
            rest,
        };
        self.deck.stories.push(story);
        card
    }

    fn finish(mut self) -> (Deck, Vec<Diagnostic>) {
        for (header, fields) in std::mem::take(&mut self.cards) {
            self.findings.truncate(MOST_FAULTS + 1);
            let card = self.card(header, fields);
            self.deck.cards.push(card);
        }
        for (header, fields) in std::mem::take(&mut self.stories) {
            let card = self.story(header, fields);
            self.deck.cards.push(card);
        }
        self.deck.cards.sort_by_key(|card| card.header.start);
        self.no_points();
        let of_deck = |block: &&Block| self.source.text[block.span.clone()].trim_start().starts_with("[deck]");
        self.deck.head =
            self.blocks.iter().find(of_deck).map_or("", |block| &self.source.text[block.span.clone()]).to_owned();
        let names: Vec<&str> = TABLES.iter().map(|table| table.name).collect();
        let meant = |name: &str| nearest_of_two(name, MAIN).is_some();
        if !self.deck.is_deck && self.strangers.iter().any(|(_, name)| meant(name)) {
            self.deck.is_deck = true;
        }
        if self.deck.is_deck {
            for (span, name) in std::mem::take(&mut self.strangers) {
                let help = match nearest(&name, names.iter().copied()).or(nearest_of_two(&name, MAIN)) {
                    Some(near) => format!("did you mean `{}`?", table(near).map(Table::header).unwrap_or_default()),
                    None => did_you_mean(&name, &names),
                };
                let message = format!("a deck has no table `{name}`");
                self.findings.push(self.source.error(span, "unknown-table", message).help(help));
            }
        } else {
            let message = "not a deck: none of its tables is one of a deck";
            let file = &self.source.path;
            self.findings.push(Diagnostic::whole_file(Severity::Info, file, "not-a-deck", message));
        }
        self.findings.sort_by_cached_key(Diagnostic::order);
        if let Some(last) = self.findings.get(MOST_FAULTS).map(|finding| (finding.line, finding.column)) {
            self.findings.truncate(MOST_FAULTS);
            let message = format!("more than {MOST_FAULTS} faults; from here on none is named");
            let mut rest = Diagnostic::whole_file(Severity::Error, &self.source.path, "too-many", message);
            (rest.line, rest.column) = last;
            self.findings.push(rest.help("mend the first of them; it may be the cause of the others"));
        }
        (self.deck, self.findings)
    }
}

/// Whether a number is one: digits, after a sign or none.
fn digits(number: &str, radix: u32) -> bool {
    let digits = number.strip_prefix(['+', '-']).unwrap_or(number);
    !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix))
}

/// Whether the block is a conflict that begins inside the table above: lines of that table stand below the marker.
fn goes_on(text: &str, block: &Block) -> bool {
    let line_of_table = |line: &str| !line.trim().is_empty() && !line.trim().starts_with('#');
    block.start == Start::Conflict && text[block.span.clone()].lines().skip(1).any(line_of_table)
}

/// The name within two letters, if there is one.
fn nearest_of_two<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    names.iter().copied().find(|known| strsim::osa_distance(name, known) <= 2)
}

fn seconds(fields: &mut Fields) -> Option<u32> {
    fields.whole("limit").and_then(|seconds| u32::try_from(seconds).ok())
}

/// The letters and digits of a text, whatever their case and whatever stands between them.
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> (Deck, Vec<String>) {
        let (deck, findings) = parse(&Source::new("a.toml", text), &[]);
        // Cards made for a test have little to tick.
        let faults = findings.iter().filter(|finding| finding.check != "no-points");
        (deck, faults.map(Diagnostic::short).collect())
    }

    #[test]
    fn every_key_of_the_grammar_is_read() {
        let text = r#"
[deck]
title = "T"
kind = "motive"
limit = "2m"
tags = ["d"]
round = [2]
off = ["blame"]
[[card]]
prompt = "P {company}"
[[card]]
id = "c2"
prompt = "Q"
kind = "plan"
answer = "A"
parts = ["p1", { ask = "p2", any = ["x"] }]
points = [{ text = "q1" }, "q2"]
variants = ["v"]
followups = ["f"]
hint = "h"
limit = 30
round = []
shows = ["s"]
keywords = ["k"]
stories = ["st"]
needs = ["company"]
phases = ["30"]
off = []
note = "n"
source = "src"
tags = ["t"]
suspended = true
[[story]]
id = "st"
title = "The flood"
year = 2020
challenge = "c"
context = "x"
action = ["a1", "a2"]
result = "r"
lesson = "l"
[interview]
company = "Northwind"
date = 2026-12-09
competencies = "ses-2025"
decks = ["why/"]
tags = ["t"]
[[interviewer]]
name = "N"
thanked = 2026-12-10
[[heard]]
said = "s"
use = ["c2"]
[[told]]
story = "st"
to = "N"
"#;
        let (deck, findings) = read(text);
        assert_eq!(findings, Vec::<String>::new());
        let mut mentions: Vec<(&str, &str)> =
            deck.mentions.iter().map(|mention| (mention.what.word(), &text[mention.span.clone()])).collect();
        mentions.sort_unstable();
        let expected = [
            ("card", "\"c2\""),
            ("coach rule", "\"blame\""),
            ("deck", "\"why/\""),
            ("story", "\"st\""),
            ("story", "\"st\""),
            ("tag", "\"t\""),
        ];
        assert_eq!(mentions, expected);
        let first = &deck.cards[0];
        assert_eq!((first.kind, first.limit, first.written, first.line), (Kind::Motive, 120, false, 9));
        assert_eq!((first.needs.len(), first.round.as_slice(), first.tags[0].as_str()), (2, [2].as_slice(), "d"));
        let second = &deck.cards[1];
        assert_eq!(second.items().collect::<Vec<_>>(), ["p1", "p2", "q1", "q2"]);
        assert_eq!(
            (second.limit, second.suspended_line.is_some(), second.tags[0].as_str(), second.off.len()),
            (30, true, "t", 0)
        );
        assert_eq!((second.needs.len(), second.phases.len(), second.parts[1].any.len()), (1, 1, 1));
        assert_eq!(deck.cards[2].prompt, "Tell the story: The flood");
        assert_eq!(deck.cards[2].items().collect::<Vec<_>>(), ["c", "x", "a1", "a2", "r"]);
        let interview = deck.interview.unwrap();
        assert_eq!((interview.id.as_str(), interview.wpm, interview.competencies.len()), ("a", 150, 5));
        assert!(deck.interviewers[0].thanked && deck.told[0].to.len() == 1 && deck.heard[0].cards.len() == 1);
    }

    const GOOD_BEFORE: &str = "[deck]\ntitle = \"T\"\n\n[[card]]\nid = \"before\"\nprompt = \"B\"\n\n";
    const GOOD_AFTER: &str = "\n[[card]]\nid = \"after\"\nprompt = \"A\"\npoints = [\"x\"]\n";

    #[test]
    fn one_bad_line_costs_one_card() {
        // The block begins at line 8; each case says on which of its lines the fault is.
        let cases: &[(&str, usize, &str)] = &[
            ("[[card]]\nprompt = \"x\npoints = [\"a\"]\n", 2, "invalid basic string"),
            ("[[card]]\nprompt = “x”\n", 2, "string values must be quoted"),
            ("[[card]]\nprompt: \"x\"\n", 2, "invalid unquoted key"),
            ("[[card]]\nprompt = \"x\"\nsome prose\n", 3, "key with no value"),
            ("[[card]]\nprompt = \"x\"\npoints = [\"a\", \"b\"\n", 3, "this `[` is never closed"),
            ("[[card]]\nprompt = \"x\"\npoints = [\"a\",\n  \"b\"\ntags = [\"t\"]\n", 3, "this `[` is never closed"),
            ("[[card]]\nprompt = \"x\"\nparts = [{ ask = \"a\"]\n", 3, "this `{` is never closed"),
            ("[[card]]\nprompt = \"x\"\nparts = [{ ask = \"a\"\nid = \"t\"\n", 3, "this `[` is never closed"),
            ("[[card]]\nprompt = \"\"\"x\n\nmore\n", 2, "this `\"\"\"` is never closed"),
            ("[[card]]\nprompt = '''x\n\nmore\n", 2, "this `'''` is never closed"),
            ("[[card]\nprompt = \"x\"\n", 1, "unclosed array table"),
            ("[card]\nprompt = \"x\"\n", 1, "`card` must be written `[[card]]`"),
            ("[[card]]\nprompt =\n", 2, "string values must be quoted"),
            ("[[card]]\nprompt \"x\"\n", 2, "key with no value"),
            ("[[card]]\nprompt = x y\n", 2, "string values must be quoted"),
            ("[[card]]\nprompt = \"a \\d\"\n", 2, "missing escaped value"),
            ("[[card]]\nprompt = \"say \"hi\" now\"\n", 2, "unexpected key or value"),
            ("[[card]]\nprompt = \"a\"\nprompt = \"b\"\n", 3, "duplicate key"),
            ("[[card]]\nprompt = \"a\"\nlimit = 90s\n", 3, "string values must be quoted"),
            ("[[card]]\nprompt = \"a\"\nsuspended = True\n", 3, "invalid boolean"),
            ("[[card]]\nprompt = \"a\"\npoints = [\"a\" \"b\"]\n", 3, "missing comma"),
            ("[[card]]\nprompt = \"a\u{1b}[31m\"\n", 2, "invalid basic string"),
            ("[[card]]\npromt = \"a\"\nprompt = \"b\"\n", 2, "card has no key `promt`"),
            ("[[card]]\nprompt = 3\n", 2, "`prompt` of card cannot be the number 3"),
            ("[[card]]\nid = \"x\"\n", 1, "card has no `prompt`"),
            ("[[card]]\nprompt = \" \"\n", 2, "`prompt` is empty"),
            ("[[card]]\nprompt = \"x\"\nlimit = \"2h\"\n", 3, "`limit` of card cannot be \"2h\""),
            ("[[card]]\nprompt = \"x\"\nkind = \"opne\"\n", 3, "`kind` of card cannot be \"opne\""),
            ("[interview]\ncompetencies = \"ses-2052\"\n", 2, "`competencies` of interview cannot be \"ses-2052\""),
            ("[interview]\ncompetencies = \"Judgement\"\n", 2, "`competencies` of interview cannot be \"Judgement\""),
            ("[[crad]]\nprompt = \"x\"\n", 1, "a deck has no table `crad`"),
            ("[deck]\ntitle = \"x\"\n", 1, "`[deck]` stands twice"),
            ("<<<<<<< ours\n", 1, "a merge conflict is left here"),
        ];
        for (block, line, message) in cases {
            let (deck, findings) = read(&format!("{GOOD_BEFORE}{block}{GOOD_AFTER}"));
            assert_eq!(findings.len(), 1, "{block}\n{findings:#?}");
            assert!(findings[0].starts_with(&format!("a.toml:{}:", line + 7)), "{block}\n{}", findings[0]);
            assert!(findings[0].contains(message), "{block}\n{}", findings[0]);
            let ids: Vec<&str> = deck.cards.iter().map(|card| card.id.as_str()).collect();
            assert_eq!(ids, ["before", "after"], "{block}");
        }
    }

    #[test]
    fn a_text_with_brackets_survives_a_fault_elsewhere() {
        let text =
            "[[card]]\nprompt = \"\"\"\na\n[note]\nb\n\"\"\"\n[[card]]\nprompt = \"x\n[[card]]\nprompt = \"y\"\n";
        let (deck, findings) = read(text);
        assert_eq!(deck.cards.iter().map(|card| card.prompt.as_str()).collect::<Vec<_>>(), ["a\n[note]\nb\n", "y"]);
        assert_eq!((findings.len(), findings[0].starts_with("a.toml:8:")), (1, true));
    }

    /// A card read again from its block alone, with its places in the whole file.
    fn alone(source: &Source, deck: &Deck, card: &Card) -> Option<Card> {
        let alone = card_in(&source.path, &deck.head, &source.text[card.block.clone()], card.line)?;
        Some(Card { header: card.header.clone(), block: card.block.clone(), ..alone })
    }

    #[test]
    fn a_card_is_read_from_its_block() {
        let text = "[[story]]\nid = \"s\"\ntitle = \"S\"\n# a remark\n[[card]]\nid = \"a\"\nprompt = \"A\"\nsuspended = true\n\
                    [[card.points]]\ntext = \"p\"\n[deck]\nkind = \"ask\"\nlimit = 7\n[[card]]\nprompt = \"\"\"\n[b]\n\"\"\"\n";
        let source = Source::new("a.toml", text);
        let (deck, findings) = parse(&source, &[]);
        assert_eq!((deck.cards.len(), findings.len()), (3, 0), "{findings:#?}");
        let again = |n: usize| alone(&source, &deck, &deck.cards[n]);
        assert_eq!((again(0), again(1)), (Some(deck.cards[0].clone()), Some(deck.cards[1].clone())));
        assert_eq!((deck.cards[1].limit, deck.cards[1].suspended_line), (7, Some(8)));
        // A text with a line that looks like a header: only the whole file tells.
        assert_eq!(again(2), None);
    }

    #[test]
    fn the_rest_of_a_card_is_everything_but_id_and_prompt_as_written() {
        let rest = |keys: &str, defaults: &str| {
            let (deck, findings) = read(&format!("[[card]]\nprompt = \"P\"\n{keys}\n[deck]\n{defaults}\n"));
            assert!(findings.is_empty(), "{findings:?}");
            deck.cards[0].rest
        };
        let same = [
            ("hint = \"h\"\nlimit = 90", "limit = \"1m30s\"\n  hint = 'h' # x"),
            ("points = [\"a\", \"b\"]", "points = [\n { text = \"a\" },\n \"b\" ]"),
            ("hint = \"h\"", "hint = \"h\"\nid = \"x\""),
        ];
        for (a, b) in same {
            // Defaults of the deck are not the card's.
            assert_eq!(rest(a, ""), rest(b, "tags = [\"t\"]\nkind = \"plan\""), "{a} {b}");
            assert!(rest(a, "").telling, "{a}");
        }
        let all = [
            "",
            "hint = \"h\"",
            "note = \"h\"",
            "hint = \"h\"\nnote = \"h\"",
            "points = [\"a\", \"b\"]",
            "points = [\"a\"]",
            "points = [{ text = \"a\", any = [\"b\"] }]",
            "parts = [\"a\"]",
            "tags = [\"a\"]",
            "tags = [\"a\", \"b\"]",
            "tags = [\"ab\"]",
            "limit = 90",
            "round = [90]",
            "suspended = true",
            "kind = \"fact\"",
        ];
        for (n, a) in all.iter().enumerate() {
            assert!(all[..n].iter().all(|b| rest(a, "").digest != rest(b, "").digest), "{a}");
            let own = ["hint", "note", "points", "parts"].iter().any(|key| a.contains(key));
            assert_eq!(rest(a, "").telling, own, "{a}");
        }
        assert!(!rest("points = []", "").telling);
    }

    #[test]
    fn every_fault_of_a_card_is_named() {
        let (_, findings) = read("[[card]]\npromt = 1\nlimit = 0\ntags = [1, \"a\", 2]\nround = [\"x\"]\n");
        let places: Vec<&str> = findings.iter().map(|finding| finding.split(": ").next().unwrap()).collect();
        assert_eq!(places, ["a.toml:1:1", "a.toml:2:1", "a.toml:3:9", "a.toml:4:9", "a.toml:4:17", "a.toml:5:10"]);
    }

    #[test]
    fn english_checks_run_for_every_spelling_of_english() {
        let card = "[[card]]\nprompt = \"What is your weakness?\"\nvariants = [\"Tell me your weakness.\"]\n";
        for (language, expected) in [("en", 1), ("EN", 1), ("en-GB", 1), ("en_GB", 1), ("de", 0)] {
            let (_, findings) = read(&format!("[deck]\nlanguage = \"{language}\"\n{card}"));
            assert_eq!(findings.len(), expected, "{language}: {findings:?}");
        }
    }

    #[test]
    fn what_is_no_deck_is_only_mentioned() {
        let (deck, findings) = read("[package]\nname = \"x\"\n");
        assert_eq!(
            (deck.is_deck, findings),
            (false, vec!["a.toml:1:1: info: not a deck: none of its tables is one of a deck [not-a-deck]".into()])
        );
        let (deck, findings) = read("[[cards]]\nprompt = \"x\"\n");
        assert_eq!(
            (deck.is_deck, findings),
            (true, vec!["a.toml:1:3: error: a deck has no table `cards` [unknown-table]".into()])
        );
    }

    #[test]
    fn broken_encodings_are_placed() {
        let cases: &[(&[u8], &str, usize)] = &[
            (
                b"[[card]]\nprompt = \"caf\xe9\"\n[[card]]\nprompt = \"ok\"\n",
                "a.toml:2:14: error: not UTF-8 here [encoding]",
                1,
            ),
            (b"\xff\xfe[\0[\0", "a.toml:1:1: error: the file is UTF-16, not UTF-8 [encoding]", 0),
            (b"\xef\xbb\xbf[[card]]\r\nprompt = \"a\"\r\n", "", 1),
        ];
        for (bytes, expected, cards) in cases {
            let (text, broken) = decode(bytes.to_vec());
            let (deck, findings) = parse(&Source::new("a.toml", text), &broken);
            assert_eq!(findings.iter().map(Diagnostic::short).collect::<Vec<_>>().join(";"), *expected);
            assert_eq!(deck.cards.len(), *cards);
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_places_are_in_the_text(text in "(\\[\\[card\\]\\]\n|prompt = |\"|\"\"\"|'|\\[|\\]|\\{|\\}|=|,|\n|é|a|\\.|#|<<<<<<<|points = ){0,40}") {
            let source = Source::new("a.toml", text.clone());
            let (deck, findings) = parse(&source, &[]);
            let lines = text.split('\n').count();
            prop_assert!(findings.iter().all(|finding| finding.line <= lines));
            prop_assert!(deck.cards.iter().all(|card| !card.prompt.trim().is_empty()));
            for card in &deck.cards {
                let alone = alone(&source, &deck, card).filter(|alone| alone.prompt == card.prompt);
                prop_assert!(alone.is_none_or(|alone| alone == *card));
            }
            let (_, errors) = DeTable::parse_recoverable(&text);
            if !errors.is_empty() {
                prop_assert!(findings.iter().any(|finding| finding.severity == Severity::Error));
            }
        }
    }
}
