//! Reads the system clock, for commands and sessions.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{Local, TimeZone as _};

use crate::clock::Instant;
use crate::failure::Failure;

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
            // A clock that `check` refuses counts as 1970.
            None => system_time(SystemTime::now()).unwrap_or(Instant { unix_ms: 0, offset: 0 }),
        }
    }

    /// Refuses a system clock outside the years 1970 to 9999, with which every card would get a wrong day.
    #[expect(clippy::disallowed_methods, reason = "the only clock of the program")]
    pub(crate) fn check(&self) -> Result<(), Failure> {
        match self.set {
            Some(_) => Ok(()),
            None => system_time(SystemTime::now()).map(drop),
        }
    }
}

fn system_time(time: SystemTime) -> Result<Instant, Failure> {
    let ms = time.duration_since(UNIX_EPOCH).ok().and_then(|since| i64::try_from(since.as_millis()).ok());
    ms.and_then(in_local_zone).ok_or_else(|| {
        let what = if time < UNIX_EPOCH { "before 1970" } else { "after 9999" };
        let message =
            format!("the system clock is {what}; nothing was recorded. Set the date of this machine, or pass `--now`");
        Failure::World(anyhow::Error::msg(message))
    })
}

/// Returns an instant in the local time zone.
pub(crate) fn in_local_zone(ms: i64) -> Option<Instant> {
    let offset = Local.timestamp_millis_opt(ms).single()?.offset().local_minus_utc() / 60;
    Instant::new(ms, offset)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_system_clock_before_1970_is_refused_and_named() {
        let day = Duration::from_secs(86_400);
        assert_eq!(system_time(UNIX_EPOCH + 20_000 * day).unwrap().unix_ms, 20_000 * 86_400_000);
        for (time, words) in [
            (UNIX_EPOCH - Duration::from_millis(1), "before 1970"),
            (UNIX_EPOCH - 20_000 * day, "before 1970"),
            (UNIX_EPOCH + 3_000_000 * day, "after 9999"),
        ] {
            let failure = system_time(time).unwrap_err();
            assert_eq!(failure.exit_code(), crate::failure::WORLD);
            assert!(failure.to_string().starts_with(&format!("the system clock is {words}; ")), "{failure}");
        }
    }
}
