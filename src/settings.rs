//! Every setting: its key, its file, its default, and its check, as one table.
//!
//! The first of these that sets a value wins: a flag, an environment variable, `.rehearse/local/settings.toml` (personal),
//! `rehearse.toml` (shared), the default. A problem in either file is a finding.
//!
//! Not here: finding and reading the files.

use std::path::{Component, Path};

use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::clock::{DayStart, StudyDay};
use crate::diagnostic::{Diagnostic, Source, Span};
use crate::grammar::{Fields, Key, Reference, ReferenceKind, Shape, TableReader};
use crate::text::did_you_mean;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsScope {
    /// `rehearse.toml` only: every machine must agree on it.
    Shared,
    /// `.rehearse/local/settings.toml` only: it concerns one person or one machine.
    Personal,
    /// Both; the personal one wins.
    Either,
}

impl SettingsScope {
    pub fn word(self) -> &'static str {
        match self {
            SettingsScope::Shared => "shared",
            SettingsScope::Personal => "personal",
            SettingsScope::Either => "either",
        }
    }
}

#[derive(Debug)]
pub struct Setting {
    pub section: &'static str,
    pub key: Key,
    /// The default, as the README's table shows it.
    pub default: &'static str,
    pub scope: SettingsScope,
}

macro_rules! setting {
    ($section:literal, $name:literal, $shape:expr, $default:literal, $scope:ident, $doc:literal) => {
        Setting {
            section: $section,
            key: Key::new($name, $shape, $doc),
            default: $default,
            scope: SettingsScope::$scope,
        }
    };
}

impl Setting {
    const fn refers_to(self, kind: ReferenceKind) -> Self {
        let Setting { section, key, default, scope } = self;
        Setting { section, key: key.refers_to(kind), default, scope }
    }
}

#[rustfmt::skip]
pub static SETTINGS: &[Setting] = &[
    setting!("schedule", "preset", Shape::OneOf(&["original", "delphi"]), "\"original\"", Shared, "which SM-2; a change folds every history anew"),
    setting!("schedule", "maximum_interval", Shape::Whole(1..=1_000_000), "36500", Shared, "longest interval, in days"),
    setting!("schedule", "day_starts_at", Shape::TimeOfDay, "\"04:00\"", Shared, "when a study day begins; from 12:00 on it is named after the next date"),
    setting!("review", "new_per_day", Shape::Whole(0..=100_000), "5", Either, "new cards a day"),
    setting!("review", "max_per_day", Shape::Whole(0..=100_000), "none", Either, "cards a day, new ones included"),
    setting!("review", "minutes_per_day", Shape::Whole(1..=1440), "15", Either, "length of a day in minutes, over all its sessions"),
    setting!("review", "days_off", Shape::Days, "[]", Personal, "days on which you do not rehearse"),
    setting!("review", "keep_answers", Shape::Flag, "false", Personal, "keep typed answers on this machine"),
    setting!("collection", "exclude", Shape::Texts, "[]", Shared, "files that are not decks, as in a .gitignore"),
    setting!("coach", "off", Shape::Texts, "[\"slow-start\"]", Either, "coach rules switched off").refers_to(ReferenceKind::Rule),
    setting!("coach", "phrases", Shape::Texts, "[]", Either, "files with phrases of your own").refers_to(ReferenceKind::File),
    setting!("sync", "learner", Shape::Id, "none", Personal, "whose history this is, where several share a repository"),
    setting!("sync", "branch", Shape::Words, "none", Personal, "the branch that carries the history"),
    setting!("sync", "journal", Shape::Words, "none", Personal, "another repository for the history"),
    setting!("sync", "private", Shape::Flag, "none", Personal, "keep the history out of this repository"),
];

/// Which SM-2: the two published descriptions disagree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// The numbered steps of the 1990 thesis; the program listing where they are silent.
    Original,
    /// The program listing of 1987 throughout.
    Delphi,
}

impl Preset {
    pub(crate) fn word(self) -> &'static str {
        match self {
            Preset::Original => "original",
            Preset::Delphi => "delphi",
        }
    }
}

/// What the schedule depends on besides the log. The same rules and the same log result in the same state on every machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    pub preset: Preset,
    pub maximum_interval: u32,
    pub(crate) day_starts_at: DayStart,
}

impl Default for Rules {
    fn default() -> Self {
        Rules { preset: Preset::Original, maximum_interval: 36_500, day_starts_at: DayStart(240) }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) rules: Rules,
    pub(crate) new_per_day: u32,
    pub(crate) max_per_day: Option<u32>,
    pub(crate) minutes_per_day: u32,
    pub(crate) days_off: Vec<StudyDay>,
    pub(crate) keep_answers: bool,
    /// Globs of files that are not decks.
    pub(crate) exclude: Vec<String>,
    pub(crate) coach_off: Vec<String>,
    pub(crate) coach_phrases: Vec<String>,
    pub(crate) sync: Sync,
    /// Names that refer to something else, each with the settings file it is in.
    pub(crate) references: Vec<(String, Reference)>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Sync {
    pub(crate) learner: Option<String>,
    pub(crate) branch: Option<String>,
    pub(crate) journal: Option<String>,
    pub(crate) private: Option<bool>,
}

impl Sync {
    /// Returns whether the history stays on this machine: it is private, and no other repository is named for it.
    pub(crate) fn stays_here(&self) -> bool {
        self.private == Some(true) && self.journal.is_none()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            rules: Rules::default(),
            new_per_day: 5,
            max_per_day: None,
            minutes_per_day: 15,
            days_off: Vec::new(),
            keep_answers: false,
            exclude: Vec::new(),
            coach_off: vec!["slow-start".to_owned()],
            coach_phrases: Vec::new(),
            sync: Sync::default(),
            references: Vec::new(),
        }
    }
}

impl Settings {
    /// Applies one settings file to these settings. Returns every problem; everything that is right is applied all the same.
    pub(crate) fn apply(&mut self, source: &Source, scope: SettingsScope) -> Vec<Diagnostic> {
        let (table, errors) = DeTable::parse_recoverable(&source.text);
        if let Some(error) = errors.iter().min_by_key(|error| error.span().map_or(0, |span| span.start)) {
            let message = format!("TOML syntax error: {}", error.message());
            return vec![source.error(error.span().unwrap_or(0..0), "syntax", message)];
        }
        let mut reader = SettingsReader { source, scope, findings: Vec::new() };
        let mut sections: Vec<&str> = SETTINGS.iter().map(|setting| setting.section).collect();
        sections.dedup();
        for (name, value) in table.get_ref() {
            let Some(section) = sections.iter().find(|section| *section == name.get_ref()) else {
                reader.unknown_section(name, &sections);
                continue;
            };
            let DeValue::Table(keys) = value.get_ref() else {
                let message = format!("`{section}` must be written `[{section}]`");
                let finding = source.error(name.span(), "wrong-table", message).help("on a line of its own");
                reader.findings.push(finding);
                continue;
            };
            let mut fields = reader.section(section, keys);
            self.set(section, &mut fields);
            let references = std::mem::take(&mut fields.references).into_iter();
            self.references.extend(references.map(|reference| (source.path.clone(), reference)));
        }
        reader.findings
    }

    fn set(&mut self, section: &str, fields: &mut Fields) {
        let small = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
        match section {
            "schedule" => {
                let preset = |name| if name == "delphi" { Preset::Delphi } else { Preset::Original };
                replace(&mut self.rules.preset, fields.text("preset").map(preset));
                replace(&mut self.rules.maximum_interval, fields.whole("maximum_interval").map(small));
                let minutes = fields.whole("day_starts_at").and_then(|minutes| u16::try_from(minutes).ok());
                replace(&mut self.rules.day_starts_at, minutes.map(DayStart));
            }
            "review" => {
                replace(&mut self.new_per_day, fields.whole("new_per_day").map(small));
                self.max_per_day = fields.whole("max_per_day").map(small).or(self.max_per_day);
                replace(&mut self.minutes_per_day, fields.whole("minutes_per_day").map(small));
                replace(&mut self.keep_answers, fields.flag("keep_answers"));
                replace(&mut self.days_off, fields.days("days_off"));
            }
            "collection" => replace(&mut self.exclude, fields.texts("exclude")),
            "coach" => {
                replace(&mut self.coach_off, fields.texts("off"));
                replace(&mut self.coach_phrases, fields.texts("phrases"));
            }
            "sync" => {
                self.sync.learner = fields.text("learner").or(self.sync.learner.take());
                self.sync.branch = fields.text("branch").or(self.sync.branch.take());
                self.sync.journal = fields.text("journal").or(self.sync.journal.take());
                self.sync.private = fields.flag("private").or(self.sync.private);
            }
            _ => {}
        }
    }
}

fn replace<T>(setting: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *setting = value;
    }
}

struct SettingsReader<'a> {
    source: &'a Source,
    scope: SettingsScope,
    findings: Vec<Diagnostic>,
}

impl SettingsReader<'_> {
    fn unknown_section(&mut self, name: &Spanned<DeString<'_>>, sections: &[&str]) {
        let (name, span) = (format!("[{}]", name.get_ref()), name.span());
        let known: Vec<String> = sections.iter().map(|section| format!("[{section}]")).collect();
        let help = did_you_mean(&name, &known.iter().map(String::as_str).collect::<Vec<_>>());
        let message = format!("settings have no table `{name}`");
        self.findings.push(self.source.error(span, "unknown-table", message).help(help));
    }

    fn section(&mut self, section: &str, table: &DeTable<'_>) -> Fields {
        for (name, _) in table {
            let named = |setting: &&Setting| setting.section == section && setting.key.name == name.get_ref();
            if let Some(setting) = SETTINGS.iter().find(named) {
                self.check_scope(setting, name.span());
            }
        }
        let keys: Vec<&'static Key> =
            SETTINGS.iter().filter(|setting| setting.section == section).map(|setting| &setting.key).collect();
        let noun = format!("`[{section}]`");
        let findings = &mut self.findings;
        let reader = TableReader { source: self.source, base: 0, header: 0..0, noun: &noun, findings };
        let mut fields = reader.read(&keys, table);
        self.check_globs(&fields);
        fields.references.retain(|reference| self.check_path(reference));
        fields
    }

    fn check_scope(&mut self, setting: &Setting, span: Span) {
        let name = setting.key.name;
        let (message, help) = match (setting.scope, self.scope) {
            (SettingsScope::Shared, SettingsScope::Personal) => (
                format!("`{name}` is shared, not personal"),
                "move it to `rehearse.toml`, so that every machine plans alike",
            ),
            (SettingsScope::Personal, SettingsScope::Shared) => {
                (format!("`{name}` is personal, not shared"), "move it to `.rehearse/local/settings.toml`")
            }
            _ => return,
        };
        self.findings.push(self.source.error(span, "misplaced", message).help(help));
    }

    fn check_globs(&mut self, fields: &Fields) {
        let Some((span, globs)) = fields.texts_at("exclude") else { return };
        for glob in globs {
            let mut builder = ignore::gitignore::GitignoreBuilder::new(Path::new("/"));
            if let Err(error) = builder.add_line(None, glob) {
                let why = match error {
                    ignore::Error::Glob { err, .. } => err,
                    other => other.to_string(),
                };
                let message = format!("`{glob}` in `exclude` is no glob");
                let finding = self.source.error(span.clone(), "value", message);
                self.findings.push(finding.help(why.replace('\'', "`")));
            }
        }
    }

    /// Returns whether a reference stays within the collection; reports a file that does not.
    fn check_path(&mut self, reference: &Reference) -> bool {
        let inside = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
        if reference.kind != ReferenceKind::File || Path::new(&reference.name).components().all(inside) {
            return true;
        }
        let message = format!("`{}` is no path within the collection", reference.name);
        let finding = self.source.error(reference.span.clone(), "value", message);
        self.findings.push(finding.help("write it from the top of the collection, without `..`"));
        false
    }
}

#[cfg(test)]
mod tests {
    use super::SettingsScope::{Personal, Shared};
    use super::*;

    fn apply(text: &str, scope: SettingsScope) -> (Settings, Vec<String>) {
        let mut settings = Settings::default();
        let findings = settings.apply(&Source::new("rehearse.toml", text), scope);
        (settings, findings.iter().map(Diagnostic::short).collect())
    }

    #[test]
    fn every_setting_is_read_from_its_file() {
        let shared = "[schedule]\npreset = \"delphi\"\nmaximum_interval = 365\nday_starts_at = \"03:30\"\n\
                      [review]\nnew_per_day = 7\nmax_per_day = 40\nminutes_per_day = 20\n\
                      [collection]\nexclude = [\"drafts/\"]\n[coach]\noff = [\"blame\"]\nphrases = [\"mine.txt\"]\n";
        let (settings, findings) = apply(shared, Shared);
        assert_eq!(findings, Vec::<String>::new());
        assert_eq!(
            settings.rules,
            Rules { preset: Preset::Delphi, maximum_interval: 365, day_starts_at: DayStart(210) }
        );
        assert_eq!((settings.new_per_day, settings.max_per_day, settings.minutes_per_day), (7, Some(40), 20));
        assert_eq!(settings.exclude, ["drafts/"]);
        let named: Vec<&str> = settings.references.iter().map(|(_, reference)| reference.name.as_str()).collect();
        assert_eq!(named, ["blame", "mine.txt"]);
        let personal = "[review]\ndays_off = [2026-12-24]\nkeep_answers = true\n[sync]\nlearner = \"ada\"\nbranch = \"x\"\njournal = \"../h\"\nprivate = true\n";
        let (settings, findings) = apply(personal, Personal);
        assert_eq!(findings, Vec::<String>::new());
        assert_eq!(settings.days_off.len(), 1);
        assert_eq!(settings.sync.learner.as_deref(), Some("ada"));
    }

    #[test]
    fn problems_are_reported_with_their_place() {
        let cases = [
            ("[schedule]\npreset = \"fsrs\"\n", Shared, "2:10: error: `preset` of `[schedule]` cannot be \"fsrs\""),
            ("[schedule]\npresett = 1\n", Shared, "2:1: error: `[schedule]` has no key `presett`"),
            ("[schedul]\n", Shared, "1:2: error: settings have no table `[schedul]`"),
            (
                "[schedule]\nmaximum_interval = 0\n",
                Shared,
                "2:20: error: `maximum_interval` of `[schedule]` cannot be the number 0",
            ),
            ("[schedule]\npreset = \"delphi\"\n", Personal, "2:1: error: `preset` is shared, not personal"),
            ("[review]\nkeep_answers = true\n", Shared, "2:1: error: `keep_answers` is personal, not shared"),
            ("[collection]\nexclude = [\"a{b\"]\n", Shared, "2:11: error: `a{b` in `exclude` is no glob"),
            (
                "[coach]\nphrases = [\"a.txt\", \"../b.txt\"]\n",
                Personal,
                "2:21: error: `../b.txt` is no path within the collection",
            ),
            ("[review\n", Shared, "1:8: error: TOML syntax error"),
        ];
        for (text, scope, expected) in cases {
            let (_, findings) = apply(text, scope);
            assert_eq!(findings.len(), 1, "{text}: {findings:?}");
            let finding = findings[0].strip_prefix("rehearse.toml:").unwrap();
            assert!(finding.starts_with(expected), "{text}: {finding}");
        }
    }
}
