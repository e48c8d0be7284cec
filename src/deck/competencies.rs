//! Lists of competencies that an interview may name instead of writing them out, and when two competencies are the same.
//!
//! The titles are those of the published lists; the definitions are this program's own words.

use std::collections::HashSet;
use std::fmt;

use super::card::base32_digest;
use crate::text::folded;

/// A list that an interview names as `competencies = "NAME"`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CompetencyList {
    pub(crate) name: &'static str,
    /// Each title, with its meaning in one sentence.
    pub(crate) titles: &'static [(&'static str, &'static str)],
}

pub(crate) const NAMES: &[&str] = &["ses-2025", "ses-classic"];

/// Every list, in the order of [`NAMES`].
#[rustfmt::skip]
pub(crate) static LISTS: &[CompetencyList] = &[
    // The Executive Core Qualifications since May 2025.
    CompetencyList { name: "ses-2025", titles: &[
        ("Commitment to the Rule of Law and the Principles of the American Founding",
         "You act within the constitution and the law, and see to it that those you lead do."),
        ("Driving Efficiency",
         "You get the same or more done with less money, time and paper, and can say how much less."),
        ("Merit and Competence",
         "You know your trade, and you choose, promote and part with people by what they can do."),
        ("Leading People",
         "You bring a group to do what it would not have done without you, and those in it grow by it."),
        ("Achieving Results",
         "You set an aim that can be measured, reach it in spite of what comes between, and answer for it."),
    ]},
    // Those before May 2025.
    CompetencyList { name: "ses-classic", titles: &[
        ("Leading Change",
         "You see what has to become different, and bring an organization there without losing its purpose."),
        ("Leading People",
         "You bring a group to do what it would not have done without you, and those in it grow by it."),
        ("Results Driven",
         "You decide with what is known, keep the deadline and the quality, and answer for the outcome."),
        ("Business Acumen",
         "You handle money, staff and technology as means to the end, and know what each costs."),
        ("Building Coalitions",
         "You win people over whom you cannot command, inside and outside, and keep them on board."),
    ]},
];

/// Replaces the name of a list by its titles and keeps every other entry. Each title is returned once.
pub(crate) fn titles(entries: Vec<String>) -> Vec<String> {
    let mut titles: Vec<String> = Vec::with_capacity(entries.len());
    let mut seen = HashSet::new();
    for entry in entries {
        let listed = LISTS.iter().find(|list| list.name == entry);
        let named = listed.map(|list| list.titles.iter().map(|(title, _)| (*title).to_owned()).collect());
        for title in named.unwrap_or_else(|| vec![entry]) {
            if seen.insert(folded(&title)) {
                titles.push(title);
            }
        }
    }
    titles
}

pub(crate) fn definition(title: &str) -> Option<&'static str> {
    let mut all = LISTS.iter().flat_map(|list| list.titles);
    all.find(|(listed, _)| same(listed, title)).map(|(_, definition)| *definition)
}

/// Returns whether two texts name one competency: case and white space make no difference.
pub(crate) fn same(a: &str, b: &str) -> bool {
    folded(a) == folded(b)
}

/// What stands for a competency in the history, so that no word of an interview gets there: 12 base32 characters of BLAKE3
/// over its [`folded`] title.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct CompetencyDigest([u8; 12]);

impl CompetencyDigest {
    pub(crate) fn of_title(title: &str) -> Self {
        let mut digest = [b'a'; 12];
        digest.copy_from_slice(base32_digest(&folded(title)).as_bytes());
        CompetencyDigest(digest)
    }

    /// Parses 12 of `a-z2-7`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let digest: [u8; 12] = text.as_bytes().try_into().ok()?;
        digest.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'2'..=b'7')).then_some(CompetencyDigest(digest))
    }
}

impl fmt::Display for CompetencyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.0).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_complete() {
        assert_eq!(LISTS.iter().map(|list| list.name).collect::<Vec<_>>(), NAMES);
        for list in LISTS {
            assert_eq!(list.titles.len(), 5, "{}", list.name);
            for (title, definition) in list.titles {
                assert!(definition.ends_with('.') && definition.matches('.').count() == 1, "{title}: {definition}");
                assert_eq!(super::definition(title), Some(*definition), "one title, one meaning");
            }
        }
    }

    #[test]
    fn a_list_name_means_its_titles_and_any_other_text_itself() {
        let all = |name: &str| {
            let list = LISTS.iter().find(|list| list.name == name).unwrap();
            list.titles.iter().map(|(title, _)| (*title).to_owned()).collect::<Vec<_>>()
        };
        let cases: &[(&[&str], Vec<String>)] = &[
            (&[], vec![]),
            (&["ses-2025"], all("ses-2025")),
            (&["Judgement", "leading  people", "Judgement"], vec!["Judgement".into(), "leading  people".into()]),
            (&["ses-classic", "Judgement"], [all("ses-classic"), vec!["Judgement".into()]].concat()),
            (&["SES-2025"], vec!["SES-2025".into()]),
        ];
        for (entries, expected) in cases {
            assert_eq!(titles(entries.iter().map(ToString::to_string).collect()), *expected, "{entries:?}");
        }
        assert_eq!(titles(vec!["ses-2025".into(), "ses-classic".into()]).len(), 9, "one is in both");
    }

    #[test]
    fn case_and_white_space_do_not_distinguish_competencies() {
        assert!(same(" Leading\n people ", "Leading People") && !same("Leading People", "Leading Change"));
        assert!(definition("leading people").is_some() && definition("Judgement").is_none());
        let digest = |title| CompetencyDigest::of_title(title).to_string();
        assert_eq!(digest(" Leading\n people "), digest("Leading People"));
        assert_ne!(digest("Leading People"), digest("Leading Change"));
    }

    #[test]
    fn a_digest_is_base32_of_the_hash_and_parses_to_itself() {
        let digest = CompetencyDigest::of_title("Leading People");
        // The first 60 bits of `b3sum` over "leading people", in base32.
        assert_eq!(digest.to_string(), "lklypybffwb2");
        assert_eq!(CompetencyDigest::parse("lklypybffwb2"), Some(digest));
        for bad in ["", "lklypybffwb", "lklypybffwb22", "LKLYPYBFFWB2", "lklypybffwb1"] {
            assert_eq!(CompetencyDigest::parse(bad), None, "{bad}");
        }
    }
}
