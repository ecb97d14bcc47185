//! A pass done in turns, so that its caller gets control between them. Knows no kind of pass.
#![forbid(unsafe_code)]

use std::time::{Duration, Instant};

use crate::cursor::Cursor;
use crate::error::Error;
use crate::mapping::Mapper;
use crate::run::found::Report;
use crate::run::pass::Pass;
use crate::run::stop::Stop;

/// A turn begins no step after this time. Reporting a turn to the caller costs some 0.1 ms, so a turn
/// should be longer than that; and an abort waits for the turn to end, so it should be short.
const TURN: Duration = Duration::from_millis(8);

/// A pass and the cursor it goes on by.
pub struct Job<M: Mapper> {
    pass: Box<dyn Pass<M>>,
    cursor: Cursor<M>,
    stop: Stop,
    /// What ended it in a turn that had something to report.
    failure: Option<Error>,
}

impl<M: Mapper> Job<M> {
    /// A job that has done nothing yet. Once `stop` is stopped, the running turn ends, and no other begins.
    pub fn new(pass: impl Pass<M> + 'static, cursor: Cursor<M>, stop: Stop) -> Self {
        Self { pass: Box::new(pass), cursor, stop, failure: None }
    }

    /// Does steps until one has found something, or the pass is done, or some milliseconds are over, and
    /// returns the last step's report. Not to be called again after an error, nor when the pass is done.
    ///
    /// # Errors
    /// [`Error::Stopped`]; as [`Pass::step`], once all that was found before is reported.
    pub fn turn(&mut self) -> Result<Report, Error> {
        // The last turn had something to report and then failed. The report came first; the error comes now.
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let started = Instant::now();
        self.stop.check()?;
        // The first step may fail right away: there is nothing to report before it.
        let mut report = self.pass.step(&mut self.cursor, &self.stop)?;
        // A turn has several steps only while they find nothing. What is found is reported at once, so that a
        // loop over the first matches of a huge file does not wait.
        while report.is_nothing_new() && started.elapsed() < TURN {
            match self.pass.step(&mut self.cursor, &self.stop) {
                Ok(next) => report = next,
                Err(failure) => {
                    // Reporting the earlier steps first makes the result the same as if each step were a turn
                    // of its own.
                    self.failure = Some(failure);
                    break;
                }
            }
        }
        Ok(report)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::MemoryMapper;
    use crate::run::found::{Found, Summary};
    use crate::{Limits, Manager, Options, Policy, Source};

    /// What each step comes to, the next one last.
    struct Steps(Vec<Result<Report, Error>>);

    impl Pass<MemoryMapper> for Steps {
        fn step(&mut self, _cursor: &mut Cursor<MemoryMapper>, _stop: &Stop) -> Result<Report, Error> {
            self.0.pop().unwrap_or(Err(Error::Closed))
        }
    }

    fn job(steps: impl IntoIterator<Item = Result<Report, Error>>) -> Job<MemoryMapper> {
        let mapper = MemoryMapper::default();
        mapper.write("/file", b"bytes");
        let limits = Limits { memory: 1 << 20, handles: 1, strict: false };
        let manager = Manager::new(Options { policy: Policy::WholeFile, limits }, mapper);
        let cursor = manager.open(&Source::Path("/file".into()), 0).expect("it is there");
        let mut steps: Vec<_> = steps.into_iter().collect();
        steps.reverse();
        Job::new(Steps(steps), cursor, Stop::default())
    }

    fn at(position: u64) -> Report {
        Report { position, ..Report::default() }
    }

    #[test]
    fn a_turn_ends_with_the_first_step_that_found_something() {
        let found = Report { found: Found::Marks(vec![7]), ..at(3) };
        let bytes = Report { found: Found::Hash([7; 32]), ..at(5) };
        let mut job = job([at(1), at(2), found.clone(), at(4), bytes.clone(), at(6)].map(Ok));
        assert_eq!(job.turn().ok(), Some(found));
        assert_eq!(job.turn().ok(), Some(bytes));
    }

    #[test]
    fn a_turn_ends_where_the_pass_does_and_totals_do_not_end_one() {
        let totals = Report { found: Found::Summary(Summary::default()), ..at(1) };
        let done = Report {
            is_done: true,
            found: Found::Summary(Summary { lines: 2, ..Summary::default() }),
            ..at(2)
        };
        assert_eq!(job([totals, done.clone(), at(3)].map(Ok)).turn().ok(), Some(done));
    }

    #[test]
    fn what_was_seen_before_a_failure_is_reported_first() {
        let mut job = job([Ok(at(1)), Ok(at(2)), Err(Error::Released)]);
        assert_eq!(job.turn().ok(), Some(at(2)));
        assert!(matches!(job.turn(), Err(Error::Released)));
    }

    #[test]
    fn one_that_was_stopped_has_no_turn_any_more() {
        let mut job = job([at(1), at(2)].map(Ok));
        job.stop.stop();
        assert_eq!(job.turn(), Err(Error::Stopped));
    }

    #[test]
    fn a_turn_ends_when_its_time_is_over() {
        struct Slow(u64);
        impl Pass<MemoryMapper> for Slow {
            fn step(&mut self, _cursor: &mut Cursor<MemoryMapper>, _stop: &Stop) -> Result<Report, Error> {
                std::thread::sleep(TURN);
                self.0 += 1;
                Ok(at(self.0))
            }
        }
        let Job { cursor, .. } = job([]);
        assert_eq!(Job::new(Slow(0), cursor, Stop::default()).turn().ok(), Some(at(1)));
    }
}
