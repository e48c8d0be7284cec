//! Reads the system clock, for commands and sessions.

use chrono::Local;

use crate::clock::Instant;

pub(crate) struct Clock {
    set: Option<(Instant, std::time::Instant)>,
}

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the only clock of the program")]
    pub(crate) fn new(set: Option<Instant>) -> Self {
        Clock { set: set.map(|at| (at, std::time::Instant::now())) }
    }

    #[expect(clippy::disallowed_methods, reason = "the only clock of the program")]
    pub(crate) fn now(&self) -> Instant {
        match self.set {
            Some((at, since)) => at.plus_ms(i64::try_from(since.elapsed().as_millis()).unwrap_or(0)),
            None => {
                let now = Local::now();
                let offset = now.offset().local_minus_utc() / 60;
                // A system clock outside the years 1 to 9999 counts as 1970; `doctor` reports it.
                Instant::new(now.timestamp_millis(), offset).unwrap_or(Instant { unix_ms: 0, offset: 0 })
            }
        }
    }
}
