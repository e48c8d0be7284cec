//! The scorecard of a mock interview: the mean score of each competency, with those of earlier mock interviews, and the mean
//! of these means, so that every competency weighs the same.
//!
//! Not here: which scores belong to which mock interview.

use super::mock::MockRun;
use crate::deck::competencies::CompetencyDigest;

/// How many earlier mock interviews are shown.
const MOST_BEFORE: usize = 5;

/// The mean of some scores, in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MeanScore(u32);

impl MeanScore {
    fn of_scores(scores: impl Iterator<Item = u8>) -> Option<Self> {
        Self::of_hundredths(scores.map(|score| u32::from(score) * 100))
    }

    fn of_hundredths(values: impl Iterator<Item = u32>) -> Option<Self> {
        let (count, sum) = values.fold((0, 0), |(count, sum), value| (count + 1, sum + value));
        (count > 0).then(|| MeanScore((sum + count / 2) / count))
    }

    /// Returns it as the score of one answer is written, with a decimal only if it needs one.
    fn short(self) -> String {
        let text = self.with_decimal();
        text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
    }

    fn with_decimal(self) -> String {
        let tenths = (self.0 + 5) / 10;
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scorecard {
    /// The competencies in the order of asking; `None` is what has none.
    rows: Vec<(Option<CompetencyDigest>, MeanScore, Vec<MeanScore>)>,
}

impl Scorecard {
    /// `before` are earlier mock interviews, the first one first.
    pub(crate) fn new(run: &MockRun, before: &[MockRun]) -> Self {
        let mean = |run: &MockRun, of: Option<CompetencyDigest>| {
            MeanScore::of_scores(run.scores().filter(|score| score.competency == of).map(|score| score.score.get()))
        };
        let mut rows: Vec<(Option<CompetencyDigest>, MeanScore, Vec<MeanScore>)> = Vec::new();
        for score in run.scores() {
            let of = score.competency;
            if !rows.iter().any(|(known, ..)| *known == of) {
                let before = before.iter().filter_map(|run| mean(run, of)).collect();
                rows.extend(mean(run, of).map(|mean| (of, mean, before)));
            }
        }
        // What has no competency comes last.
        rows.sort_by_key(|(of, ..)| of.is_none());
        Scorecard { rows }
    }

    /// Returns a line for each competency and one for all; `title` is what a digest stands for.
    pub(crate) fn lines(&self, title: impl Fn(CompetencyDigest) -> String) -> Vec<String> {
        let line = |(of, mean, before): &(Option<CompetencyDigest>, MeanScore, Vec<MeanScore>)| {
            let title = of.map_or_else(|| "Other questions".to_owned(), &title);
            let shown: Vec<String> = before.iter().rev().take(MOST_BEFORE).rev().map(|mean| mean.short()).collect();
            let before = if shown.is_empty() { String::new() } else { format!(" ({} before)", shown.join(", ")) };
            format!("{title} {}{before}", mean.short())
        };
        let overall = MeanScore::of_hundredths(self.rows.iter().map(|(_, mean, _)| mean.0));
        let overall = overall.map(|overall| format!("Overall {}", overall.with_decimal()));
        // Without any competency the other questions are all there are.
        let named = self.rows.iter().any(|(of, ..)| of.is_some());
        self.rows.iter().filter(|_| named).map(line).chain(overall).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::StudyDay;
    use crate::history::{Device, EventId, MockScore, Score};
    use crate::interview::mock::{ScoreEvent, add_score};

    fn run(scores: &[(&str, u8)]) -> MockRun {
        let mut runs = Vec::new();
        let id = |seq| EventId { device: Device::from_bits(1), seq, crc: 0 };
        for (seq, &(title, score)) in (1..).zip(scores) {
            let competency = (!title.is_empty()).then(|| CompetencyDigest::of_title(title));
            let first = (seq > 1).then(|| id(1));
            let score = MockScore { competency, first, ..MockScore::new(None, Score::new(score).unwrap()) };
            add_score(&mut runs, ScoreEvent { id: id(seq), time: seq, day: StudyDay(0), void: false, score });
        }
        runs.remove(0)
    }

    fn lines(run_now: &[(&str, u8)], before: &[&[(&str, u8)]]) -> Vec<String> {
        let before: Vec<MockRun> = before.iter().map(|scores| run(scores)).collect();
        let title = |digest| {
            let titles = ["Leading People", "Achieving Results", "Business Acumen"];
            titles.into_iter().find(|title| CompetencyDigest::of_title(title) == digest).unwrap_or("?").to_owned()
        };
        Scorecard::new(&run(run_now), &before).lines(title)
    }

    #[test]
    fn every_competency_weighs_the_same_and_shows_its_trend() {
        let (people, results) = ("Leading People", "Achieving Results");
        let other = [(people, 2), ("Business Acumen", 5)];
        assert_eq!(
            lines(&[(people, 3), (results, 4)], &[&other, &[("leading  people", 3)]]),
            ["Leading People 3 (2, 3 before)", "Achieving Results 4", "Overall 3.5"]
        );
        // Two questions about one competency weigh as much as one about another.
        let twice = [(people, 1), (results, 5), (people, 2)];
        assert_eq!(
            lines(&twice, &[&twice]),
            ["Leading People 1.5 (1.5 before)", "Achieving Results 5 (5 before)", "Overall 3.3"]
        );
        assert_eq!(
            lines(&[("", 4), (people, 4), ("", 3)], &[]),
            ["Leading People 4", "Other questions 3.5", "Overall 3.8"]
        );
        assert_eq!(lines(&[(people, 4)], &[]), ["Leading People 4", "Overall 4.0"]);
        assert_eq!(lines(&[("", 4), ("", 3)], &[]), ["Overall 3.5"]);
        assert_eq!(lines(&[(people, 1), (people, 1), (people, 2)], &[])[0], "Leading People 1.3");
        let many: Vec<&[(&str, u8)]> = vec![&[("Leading People", 1)], &other, &other, &other, &other, &other];
        assert_eq!(lines(&[(people, 3)], &many)[0], "Leading People 3 (2, 2, 2, 2, 2 before)");
    }
}
