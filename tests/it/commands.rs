//! Each command as a person would type it.

use crate::support::Place;

const DECK: &str = "[deck]\ntitle = \"Why\"\n\n[[card]]\nid = \"why-job\"\nprompt = \"Why this job?\"\nlimit = 90\n\
                    points = [\"one thing they said\", \"what I have done\", \"my first month\"]\n\n\
                    [[card]]\nid = \"bare\"\nprompt = \"Anything else?\"\n";

#[test]
fn a_session_in_a_pipe() {
    let place = Place::with_deck(DECK);
    let mut done = place.feed(&["review"], "\n1 2\n\n\n5\n\na\n4\n");
    // On a busy machine even an answer from a pipe may take a second.
    done.stdout = done.stdout.replace("0:01 of", "0:00 of");
    done.success(
        "1 deck, 2 cards. 2 now, about 4 minutes. Answer aloud, then press Enter. (? help, q quit)

[1/2] Why · open · 1:30
  Why this job?
0:00 of 1:30. Which did you say? (1 3; a all, 0 none)
  1  one thing they said
  2  what I have done
  3  my first month
The core came; a point was missing: grade 3. Enter accepts, or 0-5
saved why-job grade 3, next 2026-11-23

[2/3] Why · open · 2:00
  Anything else?
0:00 of 2:00.
How did it go? 0-5 (? what they mean)
saved bare grade 5, next 2026-11-23

[3/3] Why · open · 1:30
  Why this job?
0:00 of 1:30. Which did you say? (1 3; a all, 0 none)
  1  one thing they said
  2  what I have done
  3  my first month  missed the last time
Every point, inside the time: grade 5. Enter accepts, or 0-5
saved why-job grade 4, next 2026-11-23

3 of 3 answers.
Tomorrow: 2 cards due, and up to 5 new.
",
    );
}
