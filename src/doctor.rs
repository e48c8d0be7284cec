//! Problems with clocks, histories, and this machine's folder: a table, and how each is recognized.
//!
//! `check` is about what an author wrote; this is about what the program stores. [`Records`] takes the lines of the log and
//! the journals, and reports which are not events, and what is wrong with the sequence numbers and clocks of the others.
//!
//! Not here: reading files, asking git, and fixing anything.

use std::collections::HashSet;

use crate::clock::{DayStart, Instant};
use crate::deck::MARKERS;
use crate::diagnostic::{Diagnostic, Severity, Source};
use crate::history::{Bad, Body, Device, EventId, Line, believed, parse_line};
use crate::text::{agree, count, list_of_most};

#[derive(Debug, Clone, Copy)]
pub struct Problem {
    pub name: &'static str,
    pub severity: Severity,
    pub finds: &'static str,
    pub fix: &'static str,
}

macro_rules! problems {
    ($($constant:ident $name:literal $severity:ident $finds:literal $fix:literal)*) => {
        $(const $constant: Problem =
            Problem { name: $name, severity: Severity::$severity, finds: $finds, fix: $fix };)*

        /// Every problem that `check` does not report as well.
        pub static PROBLEMS: &[Problem] = &[$($constant),*];
    };
}

problems! {
    BAD_LINE "bad-line" Error
        "a line of the log or of a journal that is no event: damaged, torn, or left by a merge; what it said does not count"
        "every other line counts; put this one right if you know what it said, else delete it"
    NEWER_LINE "newer-line" Info
        "lines that this version of the program cannot read; they are kept, and count where a newer one reads them"
        "nothing; with the newest version of the program on every machine they count everywhere"
    FUTURE "future" Warning
        "events more than a day ahead of this machine's clock: it is wrong here, or was where they were written"
        "set the clock that is wrong; a card reviewed too early heals at its next review, and `rehearse undo EVENT` takes an event back"
    CLOCK_JUMP "clock-jump" Info
        "a clock that went back by more than two study days from one event of a device to the next"
        "nothing, if that clock is right now: each card heals at its next review"
    CLOCK_AHEAD "clock-ahead" Warning
        "a logical clock more than 48 hours ahead, and therefore not adopted; only the next events of its card come after it"
        "set the clock of that device; a review of the card heals it, and `rehearse undo EVENT` takes the event back"
    GAP "gap" Info
        "numbers of events that are missing: they are not here yet, or they were lost"
        "`rehearse sync` on the device that wrote them brings them, if its log still has them"
    SAME_NUMBER "same-number" Info
        "different events of one device under one number: its folder was copied, and both copies went on"
        "nothing, both histories count; keep `.rehearse/local` out of file syncs"
    ONLY_IN_DATABASE "only-in-database" Warning
        "events that stand in no log and no journal any more, only in the database, which is a cache"
        "`rehearse doctor --fix` writes them to the end of the log"
    DATABASE "database" Error
        "a database that is not what the log, the journals and the decks add up to; every due day is read from it"
        "`rehearse doctor --fix` builds it anew"
    PERMISSIONS "permissions" Warning
        "files of this machine that other users may open"
        "`rehearse doctor --fix` closes them"
    COPIED "copied" Warning
        "this machine's folder, copied or moved from elsewhere; it goes on as a new device, with both histories"
        "nothing is lost; keep `.rehearse/local` out of file syncs, and give every machine its own"
    SHARED "shared" Warning
        "a copy that a file sync left in this machine's folder; what it alone holds does not count"
        "move a copy of the log into `.rehearse/journal/`, where it counts, delete any other, and keep this folder out of file syncs"
    PURGED_LIST "purged-list" Warning
        "a file `PURGED` beside the journals, in which version 0.1.0 listed cards whose history no longer counts; it has no effect"
        "`rehearse doctor --fix` records a reset for each card in it, which `rehearse undo` can take back, and removes the file"
    JOURNAL_ENTRY "journal-entry" Warning
        "something among the journals that is not read: a link, a device, a folder in the place of a file or a file in the place of a folder, or a file that is too large or that cannot be read"
        "everything else counts; look at it, then move it away or make it readable"
    MERGE_DRIVER "merge-driver" Warning
        "a clone in which git merges decks or journals line by line, because nobody told it how"
        "`rehearse doctor --fix` tells git, and so does `rehearse init` in this folder"
}

pub(crate) fn named(name: &str) -> Option<&'static Problem> {
    PROBLEMS.iter().find(|problem| problem.name == name)
}

fn finding(problem: Problem, file: &str, line: usize, message: impl Into<String>) -> Diagnostic {
    let Problem { name, severity, fix, .. } = problem;
    Diagnostic { line, ..Diagnostic::whole_file(severity, file, name, message).help(fix) }
}

/// How far ahead of this machine's clock an event can be before it is reported, in milliseconds.
const FUTURE_MS: i64 = 24 * 3_600_000;
/// How many study days a device's clock can go back: as far as an event counts for the same day.
const BACK_DAYS: i64 = 2;
const MOST_LINES: usize = 100;
const MOST_NAMED: usize = 5;

#[derive(Debug, Clone, Copy)]
struct Written {
    id: EventId,
    at: Instant,
    logical: i64,
    file: usize,
    line: usize,
}

/// The events of the log and the journals, and what is wrong with their lines.
#[derive(Debug, Default)]
pub(crate) struct Records {
    files: Vec<String>,
    written: Vec<Written>,
    findings: Vec<Diagnostic>,
    reading: Reading,
}

#[derive(Debug, Default)]
struct Reading {
    log: bool,
    line: usize,
    bad: usize,
    /// The first line of a newer version, and the number of such lines.
    newer: Option<(usize, usize)>,
    /// Torn lines, which the next valid line explains or not.
    torn: Vec<(usize, String)>,
}

impl Records {
    /// Begins a file. If `log`, it is this machine's log, which can have torn lines.
    pub(crate) fn begin(&mut self, file: &str, log: bool) {
        self.files.push(file.to_owned());
        self.reading = Reading { log, ..Reading::default() };
    }

    /// Adds the next line of the file, without its line end.
    pub(crate) fn line(&mut self, bytes: &[u8]) {
        self.reading.line += 1;
        let Ok(text) = std::str::from_utf8(bytes) else {
            return self.report_bad(self.reading.line, &String::from_utf8_lossy(bytes), "not UTF-8");
        };
        match parse_line(text) {
            Ok(Line { event, .. }) => {
                self.report_torn(Some(text));
                if event.body == Body::Unknown {
                    let (first, lines) = self.reading.newer.unwrap_or((self.reading.line, 0));
                    self.reading.newer = Some((first, lines + 1));
                }
                let (file, line) = (self.files.len().saturating_sub(1), self.reading.line);
                self.written.push(Written { id: event.id, at: event.at, logical: event.order().0, file, line });
            }
            Err(_) if text.trim().is_empty() => {}
            Err(Bad::Torn) if self.reading.log && !is_marker(text) => {
                self.reading.torn.push((self.reading.line, text.to_owned()));
            }
            Err(bad) => self.report_bad(self.reading.line, text, why(bad, text)),
        }
    }

    /// Ends the file. If `whole`, its last line had a line end.
    pub(crate) fn end(&mut self, whole: bool) {
        // A last line without line end was never acknowledged, and the next event will seal it.
        let last = self.reading.torn.pop_if(|(line, _)| !whole && *line == self.reading.line);
        self.report_torn(last.as_ref().map(|(_, text)| text.as_str()));
        let file = self.files.last().cloned().unwrap_or_default();
        if self.reading.bad > MOST_LINES {
            let message = format!("{} more that are no events", count(self.reading.bad - MOST_LINES, "line"));
            self.findings.push(finding(BAD_LINE, &file, 1, message));
        }
        if let Some((first, lines)) = self.reading.newer {
            let message = format!("{} of a newer version, from here on", count(lines, "line"));
            self.findings.push(finding(NEWER_LINE, &file, first, message));
        }
    }

    /// Reports torn lines. A line that was torn by a crash was never acknowledged, and the next event has its number: that
    /// one is not reported.
    fn report_torn(&mut self, next: Option<&str>) {
        let head = next.map(|next| next.split_inclusive(",\"t\":").next().unwrap_or_default());
        for (line, torn) in std::mem::take(&mut self.reading.torn) {
            if !head.is_some_and(|head| torn.starts_with(head) || head.starts_with(&torn)) {
                self.report_bad(line, &torn, why(Bad::Torn, &torn));
            }
        }
    }

    fn report_bad(&mut self, line: usize, text: &str, why: &str) {
        self.reading.bad += 1;
        if self.reading.bad <= MOST_LINES {
            let file = self.files.last().cloned().unwrap_or_default();
            let shown = Source::new(file.as_str(), text).error(0..0, BAD_LINE.name, why);
            self.findings.push(Diagnostic { excerpt: shown.excerpt, ..finding(BAD_LINE, &file, line, why) });
        }
    }

    /// Sorts the events, after the last file.
    #[must_use]
    pub(crate) fn finish(mut self) -> Self {
        self.written.sort_by_key(|written| (written.id, written.file, written.line));
        self.written.dedup_by_key(|written| written.id);
        self
    }

    pub(crate) fn has(&self, id: EventId) -> bool {
        self.written.binary_search_by_key(&id, |written| written.id).is_ok()
    }

    /// Returns what is wrong with lines, numbers, and clocks. The clocks of `void` events do not matter.
    pub(crate) fn findings(&self, void: &HashSet<EventId>, now: Instant, day: DayStart) -> Vec<Diagnostic> {
        let mut findings = self.findings.clone();
        let ahead =
            self.written.iter().map(|written| written.logical).filter(|&logical| logical > believed(now.unix_ms));
        let ahead: HashSet<i64> = ahead.collect();
        for of_device in self.written.chunk_by(|a, b| a.id.device == b.id.device) {
            findings.extend(self.gap(of_device));
            findings.extend(self.same_number(of_device));
            let effective: Vec<Written> =
                of_device.iter().filter(|written| !void.contains(&written.id)).copied().collect();
            findings.extend(self.future(&effective, now));
            findings.extend(self.jumps(&effective, day));
            findings.extend(self.ahead(&effective, &ahead, now));
        }
        findings
    }

    fn at(&self, problem: Problem, written: &Written, message: String) -> Diagnostic {
        finding(problem, &self.files[written.file], written.line, message)
    }

    fn gap(&self, of_device: &[Written]) -> Option<Diagnostic> {
        let mut missing: Vec<String> = Vec::new();
        let (mut next, mut after) = (1, None);
        for written in of_device {
            let seq = written.id.seq;
            if seq > next {
                missing.push(if seq - 1 > next { format!("{next} to {}", seq - 1) } else { next.to_string() });
                after = after.or(Some(written));
            }
            next = next.max(seq.saturating_add(1));
        }
        let after = after?;
        let (one, device) = (missing.len() == 1 && !missing[0].contains(' '), after.id.device);
        let (noun, are) = if one { ("number", "is") } else { ("numbers", "are") };
        Some(self.at(
            GAP,
            after,
            format!("{noun} {} of device `{device}` {are} missing", list_of_most(&missing, MOST_NAMED)),
        ))
    }

    fn same_number(&self, of_device: &[Written]) -> Option<Diagnostic> {
        let twice = |pair: &&[Written]| pair[0].id.seq == pair[1].id.seq;
        let first = of_device.windows(2).find(twice)?;
        let (numbers, device) = (of_device.windows(2).filter(twice).count(), first[0].id.device);
        let stand = agree(numbers, "stands", "stand");
        let (numbers, seq) = (count(numbers, "number"), first[0].id.seq);
        let message = format!("{numbers} of device `{device}` {stand} for different events, from {seq} on");
        let later = first.iter().max_by_key(|written| (written.file, written.line))?;
        Some(self.at(SAME_NUMBER, later, message))
    }

    fn future(&self, effective: &[Written], now: Instant) -> Option<Diagnostic> {
        let ahead: Vec<&Written> = effective.iter().filter(|written| is_future(written, now)).collect();
        let furthest = ahead.iter().max_by_key(|written| written.at.unix_ms)?;
        let (events, lie) = (count(ahead.len(), "event"), agree(ahead.len(), "lies", "lie"));
        let (device, at) = (furthest.id.device, furthest.at.minute());
        let message = format!(
            "{events} of device `{device}` {lie} in the future, as far as {at} (event {}); it is {} here",
            furthest.id,
            now.minute()
        );
        Some(self.at(FUTURE, furthest, message))
    }

    fn jumps(&self, effective: &[Written], day: DayStart) -> Vec<Diagnostic> {
        let jump = |pair: &[Written]| {
            let (before, after) = (&pair[0], &pair[1]);
            let days = before.at.study_day(day).since(after.at.study_day(day));
            (days > BACK_DAYS).then(|| {
                let days = count(usize::try_from(days).unwrap_or(usize::MAX), "day");
                let (device, from, to) = (before.id.device, before.at.minute(), after.at.minute());
                let message = format!("the clock of device `{device}` went back {days}, from {from} to {to}");
                self.at(CLOCK_JUMP, after, message)
            })
        };
        effective.windows(2).filter_map(jump).collect()
    }

    /// `ahead`: every logical clock that is too far ahead to be adopted. An event that follows such a one of its card has the
    /// next, and is not to blame.
    fn ahead(&self, effective: &[Written], ahead: &HashSet<i64>, now: Instant) -> Option<Diagnostic> {
        let follows = |written: &Written| written.logical.checked_sub(1).is_some_and(|before| ahead.contains(&before));
        let far =
            |written: &&Written| ahead.contains(&written.logical) && !follows(written) && !is_future(written, now);
        let furthest = effective.iter().filter(far).max_by_key(|written| written.logical)?;
        let hours = (furthest.logical - now.unix_ms) / 3_600_000;
        let hours = count(usize::try_from(hours).unwrap_or(usize::MAX), "hour");
        let (device, event) = (furthest.id.device, furthest.id);
        let message =
            format!("the logical clock of device `{device}` is {hours} ahead (event {event}), and not adopted");
        Some(self.at(CLOCK_AHEAD, furthest, message))
    }
}

fn is_future(written: &Written, now: Instant) -> bool {
    written.at.unix_ms > now.unix_ms.saturating_add(FUTURE_MS)
}

fn is_marker(text: &str) -> bool {
    MARKERS.iter().any(|marker| text.starts_with(marker))
}

fn why(bad: Bad, text: &str) -> &'static str {
    match bad {
        Bad::Torn if is_marker(text) => "a marker that a merge left behind",
        Bad::Torn => "no whole event: it does not end in a checksum",
        Bad::Checksum => "damaged: its checksum is another",
        Bad::Envelope => "no event: its device, number, time or logical clock cannot be",
    }
}

pub(crate) fn only_in_database(database: &str, events: usize) -> Option<Diagnostic> {
    let message = format!("{} {} only here", count(events, "event"), agree(events, "is", "are"));
    (events > 0).then(|| finding(ONLY_IN_DATABASE, database, 1, message))
}

/// Reports rows of the database that differ from a rebuilt one: `noun` says what a row is about, as in `card`.
pub(crate) fn differing(database: &str, noun: &str, names: &[String]) -> Option<Diagnostic> {
    let named: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let named = list_of_most(&named, MOST_NAMED);
    let is = agree(names.len(), "is", "are");
    let message = format!("{} {is} other than the files say: {named}", count(names.len(), noun));
    (!names.is_empty()).then(|| finding(DATABASE, database, 1, message))
}

pub(crate) fn open_to_others(file: &str, mode: u32, wanted: u32) -> Diagnostic {
    finding(PERMISSIONS, file, 1, format!("mode {mode:04o}, where {wanted:04o} keeps others out"))
}

pub(crate) fn copied(local: &str, from: Device) -> Diagnostic {
    finding(COPIED, &format!("{local}/device"), 1, format!("this folder was device `{from}` elsewhere"))
}

/// Reports a file in this machine's folder if, by its name, it does not belong there.
pub(crate) fn stray(local: &str, name: &str) -> Option<Diagnostic> {
    let lower = name.to_lowercase();
    let log = lower.starts_with("log") && lower.ends_with(".jsonl") && name != "log.jsonl";
    let message = if log { "another copy of the log" } else { "a copy that a file sync left" };
    (log || lower.contains("conflict")).then(|| finding(SHARED, &format!("{local}/{name}"), 1, message))
}

pub(crate) fn purged_list(file: &str, cards: usize) -> Diagnostic {
    let message = format!("an old version listed {} here whose history no longer counted", count(cards, "card"));
    finding(PURGED_LIST, file, 1, message)
}

/// Reports something in the journal's folder that is not read.
pub(crate) fn journal_entry(file: &str, why: &str) -> Diagnostic {
    finding(JOURNAL_ENTRY, file, 1, format!("not read: {why}"))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Merging {
    /// Whether the driver for decks is configured.
    pub(crate) driver: bool,
    /// Whether attributes assign decks to it.
    pub(crate) decks: bool,
    /// Whether attributes set `merge=union` for journals.
    pub(crate) journals: bool,
}

pub(crate) fn merging(merging: Merging) -> Vec<Diagnostic> {
    let Merging { driver, decks, journals } = merging;
    let cases = [
        (driver, ".git/config", "no driver `rehearse-deck` that merges decks card by card"),
        (decks, ".gitattributes", "no line that gives decks to the driver `rehearse-deck`"),
        (journals, ".gitattributes", "no line that unites journals, which have nothing to conflict about"),
    ];
    cases.iter().filter(|(there, ..)| !there).map(|(_, file, what)| finding(MERGE_DRIVER, file, 1, *what)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::CHECKS;

    #[test]
    fn names_of_checks_and_problems_are_unique() {
        let names = CHECKS.iter().map(|check| check.name).chain(PROBLEMS.iter().map(|problem| problem.name));
        let mut seen = HashSet::new();
        names.for_each(|name| assert!(seen.insert(name), "{name}"));
    }

    #[test]
    fn torn_lines_are_reported_unless_the_next_event_has_their_number() {
        let line = |seq: i64, c: &str| {
            let body = format!(
                "{{\"v\":1,\"d\":\"aaaaaaaa\",\"s\":{seq},\"t\":1790000000000,\"z\":0,\"k\":\"bury\",\"c\":\"{c}\""
            );
            format!("{body},\"x\":\"{:08x}\"}}", crc32fast::hash(body.as_bytes()))
        };
        let (one, two) = (line(1, "x"), line(2, "y"));
        // The lines, whether the last one has a line end, whether it is a log, and the bad lines.
        let cases: [(&[&str], bool, bool, &[usize]); 9] = [
            (&[&one, &two], true, true, &[]),
            (&[&one, &two[..50]], false, true, &[]),
            (&[&one, &two[..50]], true, true, &[2]),
            (&[&one, &two[..50]], false, false, &[2]),
            (&[&one, &two[..9], &two[..60], &two], true, true, &[]),
            (&[&one, &two[..9], &two[..60]], false, true, &[]),
            (&[&one, &one[..60], &two], true, true, &[2]),
            (&[&one, &two[..60], &two], true, false, &[2]),
            (&[&one, "", "=======", &two], true, true, &[3]),
        ];
        for (lines, whole, log, bad) in cases {
            let mut records = Records::default();
            records.begin("log.jsonl", log);
            lines.iter().for_each(|line| records.line(line.as_bytes()));
            records.end(whole);
            let found: Vec<usize> = records.findings.iter().map(|finding| finding.line).collect();
            assert_eq!(found, bad, "{lines:?}");
        }
    }
}
