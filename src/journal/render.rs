//! Events as the files of a journal.

use std::collections::BTreeMap;

use crate::clock::Month;
use crate::history::{Device, Line};

/// Returns the journal files that hold these events, by device and month: lines sorted by sequence number and checksum,
/// each once, each ended by LF.
pub(crate) fn render(lines: impl IntoIterator<Item = Line>) -> BTreeMap<(Device, Month), String> {
    let mut pages: BTreeMap<(Device, Month), Vec<Line>> = BTreeMap::new();
    for line in lines {
        pages.entry((line.event.id.device, line.event.at.month())).or_default().push(line);
    }
    let text = |mut lines: Vec<Line>| {
        lines.sort_by_key(|line| line.event.id);
        lines.dedup_by_key(|line| line.event.id);
        let mut text = String::with_capacity(lines.len() * 128);
        lines.iter().for_each(|line| text.extend([&line.text(), "\n"]));
        text
    };
    pages.into_iter().map(|(page, lines)| (page, text(lines))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::history::parse_line;
    use crate::history::samples::{events, seeds};
    use proptest::prelude::*;

    fn sealed(body: &str) -> String {
        format!("{body},\"x\":\"{:08x}\"}}", crc32fast::hash(body.as_bytes()))
    }

    #[test]
    fn a_line_is_published_as_it_was_written() {
        let line = |s: i64, t: i64, rest: &str| {
            sealed(&format!("{{\"v\":2, \"d\":\"k7f3qm2x\",\"s\":{s},\"t\":{t},\"z\":-600,\"k\":\"dream\"{rest}"))
        };
        // The last second of November in UTC, in which it is still the day before on Hawaii; and the first of December.
        let (november, december) = (1_796_083_199_999, 1_796_083_200_000);
        let texts =
            [line(10, november, ""), line(2, november, ",\"é\":[1]"), line(2, december, ""), line(2, november, "")];
        let lines = texts.iter().chain(&texts[..1]).map(|text| parse_line(text).unwrap());
        let pages: Vec<(String, String)> = render(lines)
            .into_iter()
            .map(|((device, month), text)| (format!("{device}/{month}.jsonl"), text))
            .collect();
        let mut twice = [&texts[1], &texts[3]].map(|text| format!("{text}\n"));
        twice.sort_by_key(|text| text[text.len() - 11..].to_owned());
        let expected = [
            ("k7f3qm2x/2026-11.jsonl".to_owned(), format!("{}{}\n", twice.concat(), texts[0])),
            ("k7f3qm2x/2026-12.jsonl".to_owned(), format!("{}\n", texts[2])),
        ];
        assert_eq!(pages, expected);
    }

    proptest! {
        #[test]
        fn the_same_events_give_the_same_bytes_and_come_back(seeds in seeds(), turn in 0usize..40) {
            let events = events(&seeds);
            let lines: Vec<Line> = events.iter().map(|event| Line { event: event.clone(), raw: None }).collect();
            let pages = render(lines.clone());
            let mut other = lines.clone();
            other.rotate_left(turn % lines.len());
            other.extend(lines.iter().take(3).cloned());
            prop_assert_eq!(&render(other), &pages);
            let back: Vec<Line> = pages.values().flat_map(|text| text.lines()).map(|line| parse_line(line).unwrap()).collect();
            prop_assert_eq!(back.len(), { let mut ids: Vec<_> = events.iter().map(|event| event.id).collect(); ids.sort(); ids.dedup(); ids.len() });
            prop_assert_eq!(render(back), pages);
        }
    }
}
