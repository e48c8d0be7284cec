//! SM-2 in integers: only a grade changes a card's memory.
//!
//! Sources: P. A. Wozniak, "Optimization of learning" (1990), chapter 3.2, the numbered steps (T below), and SuperMemo
//! World's listing of the 1987 program in Delphi (D). Where they disagree, [`Preset::Original`] follows T where T speaks
//! and D where it is silent; [`Preset::Delphi`] is D throughout. Every step of the ease is a whole per-mille, so integers
//! are exact and every machine agrees. Floats are not: six grades of 5 result in 420 days, in `f64` in 421.
//!
//! Not here: which events count, and what is asked when.

use std::fmt;

use unicode_normalization::UnicodeNormalization as _;

use crate::clock::StudyDay;
use crate::diagnostic::Severity;
use crate::settings::{Preset, Rules};

/// A grade from 0 (nothing) to 5 (every point, in time, in fresh words).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grade(u8);

impl Grade {
    pub fn new(grade: u8) -> Option<Self> {
        (grade <= 5).then_some(Grade(grade))
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text.as_bytes() {
            [digit @ b'0'..=b'5'] => Some(Grade(digit - b'0')),
            _ => None,
        }
    }

    pub fn get(self) -> u8 {
        self.0
    }

    /// Returns whether the card leaves today's queue (T, step 7): with a grade of 4 or 5.
    pub(crate) fn settles(self) -> bool {
        self.0 >= 4
    }

    /// Returns whether the streak of successes restarts: with a grade below 3.
    pub(crate) fn lapses(self) -> bool {
        self.0 < 3
    }

    pub(crate) fn description(self) -> &'static str {
        match self.0 {
            5 => "every point, inside the time, in fresh words",
            4 => "every point, after a hesitation or a little over time",
            3 => "the core came; a point was missing, or it was hard work",
            2 => "missed half, or two parts of the question",
            1 => "needed the notes",
            _ => "nothing came",
        }
    }

    /// Returns what is added to the ease, in per-mille: 0.1 - (5 - q) * (0.08 + (5 - q) * 0.02) in T, step 5.
    fn ease_delta(self) -> i64 {
        [-800, -540, -320, -140, 0, 100][usize::from(self.0.min(5))]
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Successes in a row.
    pub(crate) repetitions: u32,
    /// The ease in per-mille; it starts at 2500 and is never below 1300.
    pub(crate) ease: u32,
    /// The interval in days; 0 means never reviewed.
    pub(crate) interval: u32,
    /// The study day of the last review that changed it.
    pub(crate) last: Option<StudyDay>,
}

impl Default for Memory {
    fn default() -> Self {
        Memory { repetitions: 0, ease: 2500, interval: 0, last: None }
    }
}

const LOWEST_EASE: i64 = 1300;
/// How many days before the last review's study day an event still counts as that day, because of travel or clock skew.
pub(crate) const SAME_DAY_REACH: i64 = 2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScheduleRule {
    /// On the due day or later: SM-2 as published. Being late changes nothing (D).
    Due,
    /// Before the due day, and it failed: a lapse as usual.
    EarlyLapse,
    /// Before the due day, and the elapsed days did not earn a longer interval: only the ease may fall.
    EarlyKept,
    /// Before the due day, and the elapsed days earned a longer interval.
    EarlyGrown,
    /// Not the first of its study day: it is logged and changes nothing.
    SameDay,
    /// The clock of the previous review was wrong: only the day is corrected.
    ClockCorrected,
}

impl ScheduleRule {
    pub(crate) fn word(self) -> &'static str {
        match self {
            ScheduleRule::Due => "due",
            ScheduleRule::EarlyLapse => "early-lapse",
            ScheduleRule::EarlyKept => "early-kept",
            ScheduleRule::EarlyGrown => "early-grown",
            ScheduleRule::SameDay => "same-day",
            ScheduleRule::ClockCorrected => "clock-mended",
        }
    }

    pub(crate) fn moves(self) -> bool {
        !matches!(self, ScheduleRule::SameDay | ScheduleRule::ClockCorrected)
    }
}

impl Memory {
    /// Returns the day on which the card is due; `None` if it was never reviewed.
    pub(crate) fn due(self) -> Option<StudyDay> {
        self.last.map(|last| last.plus(i64::from(self.interval)))
    }

    /// Whether the last review is so far after today that its clock was wrong.
    pub(crate) fn is_ahead(self, today: StudyDay) -> bool {
        self.last.is_some_and(|last| last.since(today) > SAME_DAY_REACH)
    }

    /// Returns the ease as people write it: `2.50`.
    pub(crate) fn ease_text(self) -> String {
        let text = format!("{}.{:03}", self.ease / 1000, self.ease % 1000);
        text.strip_suffix('0').unwrap_or(&text).to_owned()
    }

    pub(crate) fn review(self, grade: Grade, day: StudyDay, rules: &Rules) -> (Memory, ScheduleRule) {
        let Some(last) = self.last else { return (self.stepped(grade, day, rules), ScheduleRule::Due) };
        let elapsed = day.since(last);
        if (-SAME_DAY_REACH..=0).contains(&elapsed) {
            return (self, ScheduleRule::SameDay);
        }
        if elapsed < 0 {
            return (Memory { last: Some(day), ..self }, ScheduleRule::ClockCorrected);
        }
        let elapsed = u64::try_from(elapsed).unwrap_or(0);
        if elapsed >= u64::from(self.interval) {
            return (self.stepped(grade, day, rules), ScheduleRule::Due);
        }
        if grade.lapses() {
            return (self.stepped(grade, day, rules), ScheduleRule::EarlyLapse);
        }
        let grown = self.grown(elapsed, rules);
        if self.repetitions < 2 || grown <= self.interval {
            let ease = self.ease.min(self.eased(grade));
            (Memory { ease, last: Some(day), ..self }, ScheduleRule::EarlyKept)
        } else {
            let next = self.stepped(grade, day, rules);
            (Memory { interval: grown, ..next }, ScheduleRule::EarlyGrown)
        }
    }

    fn stepped(self, grade: Grade, day: StudyDay, rules: &Rules) -> Memory {
        let lapse = grade.lapses();
        let ease = if lapse && rules.preset == Preset::Original { self.ease } else { self.eased(grade) };
        let interval = match self.repetitions {
            _ if lapse => 1,
            0 => 1,
            1 => 6,
            _ => self.grown(u64::from(self.interval), rules),
        };
        let repetitions = if lapse { 0 } else { self.repetitions.saturating_add(1) };
        Memory { repetitions, ease, interval: interval.min(rules.maximum_interval), last: Some(day) }
    }

    /// Multiplies days by the ease before the grade: rounded up (T), or to the nearest, with ties to even (D).
    fn grown(self, days: u64, rules: &Rules) -> u32 {
        let product = days.saturating_mul(u64::from(self.ease));
        let (whole, rest) = (product / 1000, product % 1000);
        let up = match rules.preset {
            Preset::Original => rest > 0,
            Preset::Delphi => rest > 500 || (rest == 500 && whole % 2 == 1),
        };
        u32::try_from(whole + u64::from(up)).unwrap_or(u32::MAX).min(rules.maximum_interval)
    }

    fn eased(self, grade: Grade) -> u32 {
        let ease = (i64::from(self.ease) + grade.ease_delta()).max(LOWEST_EASE);
        u32::try_from(ease).unwrap_or(self.ease)
    }
}

/// What is known about one spoken or typed answer when a grade is proposed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attempt<'a> {
    /// How many parts the question has; they come first in the numbering.
    pub(crate) parts: usize,
    pub(crate) points: usize,
    /// The numbers of the parts and points that were said, from 1.
    pub(crate) ticks: &'a [u16],
    /// Spoken time in milliseconds, if it was measured.
    pub(crate) ms: Option<u64>,
    /// Seconds the card allows.
    pub(crate) limit: u32,
    pub(crate) hint: bool,
    /// The highest severity among the coach's findings: `Error` is its `fail`.
    pub(crate) finding: Option<Severity>,
}

/// Returns the grade that an answer earns by its ticks, its time, the hint, and findings; `None` if there is nothing to
/// tick.
pub(crate) fn proposed_grade(attempt: &Attempt<'_>) -> Option<Grade> {
    let all = attempt.parts + attempt.points;
    if all == 0 {
        return None;
    }
    let said = |range: std::ops::RangeInclusive<usize>| {
        range.filter(|n| attempt.ticks.iter().any(|&tick| usize::from(tick) == *n)).count()
    };
    let hits = said(1..=all);
    let limit_ms = u64::from(attempt.limit) * 1000;
    let in_time = attempt.ms.is_some_and(|ms| ms <= limit_ms);
    let clean = !attempt.hint && attempt.finding.is_none_or(|severity| severity >= Severity::Info);
    let earned = match hits {
        0 => 1,
        hits if 2 * hits < all => 2,
        hits if hits < all => 3,
        _ if in_time && clean => 5,
        _ => 4,
    };
    let parts_missing = attempt.parts - said(1..=attempt.parts);
    let caps = [
        (parts_missing == 1, 3),
        (parts_missing >= 2, 2),
        (attempt.hint, 3),
        (attempt.ms.is_some_and(|ms| 2 * ms > 3 * limit_ms), 3),
        (attempt.finding == Some(Severity::Error), 2),
    ];
    let capped = caps.iter().filter(|(applies, _)| *applies).map(|&(_, cap)| cap).fold(earned, u8::min);
    Grade::new(capped)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FactMatch {
    Exactly,
    /// It is another answer that counts.
    Accepted,
}

/// Compares a typed answer with the right ones. Case, white space, punctuation at the end, and how a keyboard writes letters,
/// quotes, and digits make no difference. Returns
/// `None` if it matches none, or nothing was typed.
pub(crate) fn match_fact(typed: &str, answer: Option<&str>, accept: &[impl AsRef<str>]) -> Option<FactMatch> {
    let typed = folded(typed);
    if typed.is_empty() {
        return None;
    }
    if answer.is_some_and(|answer| folded(answer) == typed) {
        return Some(FactMatch::Exactly);
    }
    accept.iter().any(|other| folded(other.as_ref()) == typed).then_some(FactMatch::Accepted)
}

/// Returns a curly quote as a straight one, and a full-width character as its ASCII one.
fn plain(c: char) -> char {
    match c {
        '‘' | '’' | '‚' | '‛' | 'ʼ' => '\'',
        '“' | '”' | '„' | '‟' => '"',
        '！'..='～' => char::from_u32(c as u32 - '！' as u32 + '!' as u32).unwrap_or(c),
        c => c,
    }
}

fn folded(text: &str) -> String {
    let text: String = text.nfc().map(plain).collect();
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase().nfc().collect::<String>();
    let bare = folded.trim_end_matches(['.', ',', ';', ':', '!', '?', '…', '。', '！', '？', ' ']);
    // An answer that is punctuation and nothing else is that punctuation.
    if bare.is_empty() { folded } else { bare.to_owned() }
}

/// Returns the grade that a right answer to a fact earns: 4, or 5 in under half the limit; 3 with the hint, or for another
/// answer that counts.
pub(crate) fn proposed_fact_grade(matched: FactMatch, ms: Option<u64>, limit: u32, hint: bool) -> Grade {
    let quick = ms.is_some_and(|ms| 2 * ms < u64::from(limit) * 1000);
    Grade(match matched {
        _ if hint => 3,
        FactMatch::Accepted => 3,
        FactMatch::Exactly if quick => 5,
        FactMatch::Exactly => 4,
    })
}

/// Returns a spoken time unless it exceeds five times the limit: that was a break, not an answer.
pub(crate) fn plausible_time(ms: u64, limit: u32) -> Option<u64> {
    (ms <= 5 * u64::from(limit) * 1000).then_some(ms)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(preset: Preset) -> Rules {
        Rules { preset, ..Rules::default() }
    }

    /// Reviews a card on each due day. Returns repetitions, ease, and interval after each grade.
    fn on_time(grades: &[u8], rules: &Rules) -> Vec<(u32, u32, u32)> {
        let mut memory = Memory::default();
        let mut day = StudyDay(20_000);
        let step = |&grade: &u8| {
            memory = memory.review(Grade::new(grade).unwrap(), day, rules).0;
            day = memory.due().unwrap();
            (memory.repetitions, memory.ease, memory.interval)
        };
        grades.iter().map(step).collect()
    }

    #[test]
    fn both_presets_to_the_letter() {
        use Preset::{Delphi, Original};
        type Steps = &'static [(u32, u32, u32)];
        #[rustfmt::skip]
        let cases: &[(Preset, &[u8], Steps)] = &[
            (Original, &[5; 6],
                &[(1, 2600, 1), (2, 2700, 6), (3, 2800, 17), (4, 2900, 48), (5, 3000, 140), (6, 3100, 420)]),
            (Delphi, &[5; 6],
                &[(1, 2600, 1), (2, 2700, 6), (3, 2800, 16), (4, 2900, 45), (5, 3000, 130), (6, 3100, 390)]),
            // A lapse keeps the ease in T and lowers it in D.
            (Original, &[4, 4, 4, 2, 4, 4, 4],
                &[(1, 2500, 1), (2, 2500, 6), (3, 2500, 15), (0, 2500, 1), (1, 2500, 1), (2, 2500, 6), (3, 2500, 15)]),
            (Delphi, &[4, 4, 4, 2, 4, 4, 4],
                &[(1, 2500, 1), (2, 2500, 6), (3, 2500, 15), (0, 2180, 1), (1, 2180, 1), (2, 2180, 6), (3, 2180, 13)]),
            // The ease stops at 1300.
            (Original, &[3; 10],
                &[(1, 2360, 1), (2, 2220, 6), (3, 2080, 14), (4, 1940, 30), (5, 1800, 59), (6, 1660, 107),
                (7, 1520, 178), (8, 1380, 271), (9, 1300, 374), (10, 1300, 487)]),
            // Half to even: 15 * 2.5 = 37.5 is 38, and rounded up 38 as well; 6 * 2.75 would be 16.5, that is 16 against 17.
            (Delphi, &[4, 4, 4, 4], &[(1, 2500, 1), (2, 2500, 6), (3, 2500, 15), (4, 2500, 38)]),
            (Original, &[0, 0, 1, 2], &[(0, 2500, 1), (0, 2500, 1), (0, 2500, 1), (0, 2500, 1)]),
            (Delphi, &[0, 0, 1, 2], &[(0, 1700, 1), (0, 1300, 1), (0, 1300, 1), (0, 1300, 1)]),
        ];
        for (preset, grades, expected) in cases {
            assert_eq!(&on_time(grades, &rules(*preset)), expected, "{preset:?} {grades:?}");
        }
    }

    #[test]
    fn thirty_fives_stop_at_the_maximum() {
        for maximum in [1, 5, 365, 36_500, 1_000_000] {
            let rules = Rules { maximum_interval: maximum, ..Rules::default() };
            let steps = on_time(&[5; 60], &rules);
            assert_eq!((steps[59].0, steps[59].1, steps[59].2), (60, 8500, maximum));
            assert!(steps.iter().all(|step| step.2 <= maximum));
        }
    }

    #[test]
    fn early_late_same_day_and_wild_clocks() {
        let rules = Rules::default();
        let before = Memory { repetitions: 3, ease: 2500, interval: 15, last: Some(StudyDay(100)) };
        let two = Memory { repetitions: 1, ease: 2500, interval: 1, last: Some(StudyDay(100)) };
        let at = |memory: Memory, grade: u8, day: i32| {
            let (after, rule) = memory.review(Grade::new(grade).unwrap(), StudyDay(day), &rules);
            (after.repetitions, after.ease, after.interval, after.last.unwrap().0, rule)
        };
        let cases = [
            // On the day and late are the same.
            (at(before, 4, 115), (4, 2500, 38, 115, ScheduleRule::Due)),
            (at(before, 4, 300), (4, 2500, 38, 300, ScheduleRule::Due)),
            (at(before, 2, 300), (0, 2500, 1, 300, ScheduleRule::Due)),
            // Early: 6 days earn ceil(6 * 2.5) = 15, no more than there was; 7 days earn 18.
            (at(before, 5, 106), (3, 2500, 15, 106, ScheduleRule::EarlyKept)),
            (at(before, 3, 106), (3, 2360, 15, 106, ScheduleRule::EarlyKept)),
            (at(before, 5, 107), (4, 2600, 18, 107, ScheduleRule::EarlyGrown)),
            (at(before, 3, 107), (4, 2360, 18, 107, ScheduleRule::EarlyGrown)),
            (at(before, 1, 101), (0, 2500, 1, 101, ScheduleRule::EarlyLapse)),
            (at(Memory { interval: 6, ..two }, 5, 105), (1, 2500, 6, 105, ScheduleRule::EarlyKept)),
            // The same study day, and up to two before it.
            (at(before, 0, 100), (3, 2500, 15, 100, ScheduleRule::SameDay)),
            (at(before, 0, 98), (3, 2500, 15, 100, ScheduleRule::SameDay)),
            // Earlier still: the clock of the last review was wrong.
            (at(before, 0, 97), (3, 2500, 15, 97, ScheduleRule::ClockCorrected)),
        ];
        for (n, (found, expected)) in cases.iter().enumerate() {
            assert_eq!(found, expected, "case {n}");
        }
    }

    #[test]
    fn proposed_grades() {
        let base = Attempt { parts: 0, points: 4, limit: 60, ms: Some(50_000), ..Attempt::default() };
        let all: &[u16] = &[1, 2, 3, 4];
        let cases = [
            (Attempt { points: 0, ..base.clone() }, None),
            (base.clone(), Some(1)),
            (Attempt { ticks: &[1], ..base.clone() }, Some(2)),
            (Attempt { ticks: &[1, 4], ..base.clone() }, Some(3)),
            (Attempt { ticks: &[1, 1, 1, 9], ..base.clone() }, Some(2)),
            (Attempt { ticks: all, ..base.clone() }, Some(5)),
            (Attempt { ticks: all, ms: Some(60_000), ..base.clone() }, Some(5)),
            (Attempt { ticks: all, ms: Some(60_001), ..base.clone() }, Some(4)),
            (Attempt { ticks: all, ms: Some(90_000), ..base.clone() }, Some(4)),
            (Attempt { ticks: all, ms: Some(90_001), ..base.clone() }, Some(3)),
            (Attempt { ticks: all, ms: None, ..base.clone() }, Some(4)),
            (Attempt { ticks: all, hint: true, ..base.clone() }, Some(3)),
            (Attempt { ticks: all, finding: Some(Severity::Info), ..base.clone() }, Some(5)),
            (Attempt { ticks: all, finding: Some(Severity::Warning), ..base.clone() }, Some(4)),
            (Attempt { ticks: all, finding: Some(Severity::Error), ..base.clone() }, Some(2)),
            (Attempt { parts: 2, points: 2, ticks: &[1, 3, 4], ..base.clone() }, Some(3)),
            (Attempt { parts: 2, points: 4, ticks: &[3, 4, 5, 6], ..base.clone() }, Some(2)),
            (Attempt { parts: 2, points: 0, ticks: &[1, 2], ..base.clone() }, Some(5)),
        ];
        for (n, (attempt, expected)) in cases.iter().enumerate() {
            assert_eq!(proposed_grade(attempt).map(Grade::get), *expected, "case {n}");
        }
        assert_eq!((plausible_time(300_000, 60), plausible_time(300_001, 60)), (Some(300_000), None));
    }

    #[test]
    fn typed_facts() {
        let (answer, accept) = (Some("The  Rule of Law."), ["rule of law", "R.O.L.", "3"]);
        let cases = [
            ("The Rule of Law.", Some(FactMatch::Exactly)),
            ("the rule of law", Some(FactMatch::Exactly)),
            (" THE RULE\nOF\tLAW ?! ", Some(FactMatch::Exactly)),
            ("rule of law…", Some(FactMatch::Accepted)),
            ("r.o.l", Some(FactMatch::Accepted)),
            ("rol", None),
            ("3.", Some(FactMatch::Accepted)),
            ("3.5", None),
            ("the rule of laws", None),
            ("the, rule of law", None),
            ("", None),
            (" \n", None),
            ("?", None),
        ];
        for (typed, expected) in cases {
            assert_eq!(match_fact(typed, answer, &accept), expected, "{typed:?}");
        }
        let same = [
            ("Zürich", "Zu\u{308}rich"),
            ("José's", "JOSE\u{301}’s"),
            ("the “how” of it", "the \"how\" of it"),
            ("24 000", "２４\u{a0}０００"),
            ("ＡＢＣ", "abc"),
            ("Yes!", "yes！"),
            ("'90s", "‘90s"),
        ];
        for (a, b) in same {
            let none: [&str; 0] = [];
            assert_eq!(match_fact(a, Some(b), &none), Some(FactMatch::Exactly), "{a} {b}");
            assert_eq!(match_fact(b, None, &[a]), Some(FactMatch::Accepted), "{b} {a}");
        }
        assert_eq!(match_fact("Zurich", Some("Zürich"), &[""]), None);
        let none: [&str; 0] = [];
        assert_eq!(match_fact("!", Some("!"), &none), Some(FactMatch::Exactly));
        assert_eq!((match_fact("", Some("!"), &none), match_fact("x", None, &none)), (None, None));
        let grades = [
            (FactMatch::Exactly, Some(9_999), false, 5),
            (FactMatch::Exactly, Some(10_000), false, 4),
            (FactMatch::Exactly, Some(90_000), false, 4),
            (FactMatch::Exactly, None, false, 4),
            (FactMatch::Exactly, Some(1), true, 3),
            (FactMatch::Accepted, Some(1), false, 3),
        ];
        for (right, ms, hint, expected) in grades {
            assert_eq!(proposed_fact_grade(right, ms, 20, hint).get(), expected, "{right:?} {ms:?} {hint}");
        }
    }
}
