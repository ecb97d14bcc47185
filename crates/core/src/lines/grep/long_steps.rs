//! The steps through a line that is too long for one piece: whether it is selected, and what of it is
//! reported. `long` finds where the line ends and what matches in it.
#![forbid(unsafe_code)]

use super::Grep;
use crate::cursor::Cursor;
use crate::error::Error;
use crate::lines::block::{Block, LONGEST, index};
use crate::lines::long::LongLine;
use crate::lines::select::Detail;
use crate::mapping::Mapper;
use crate::run::found::Lines;
use crate::run::stop::Stop;

impl Grep {
    /// Does the next step through a line that is too long for one piece.
    pub(super) fn step_long<M: Mapper>(
        &mut self,
        mut long: LongLine,
        cursor: &mut Cursor<M>,
        stop: &Stop,
        lines: &mut Lines,
    ) -> Result<(), Error> {
        // A match was found while lines before it were still to be shown; it was kept until now.
        let found = match long.found.take() {
            Some(found) => found,
            None => long.step(cursor, stop)?,
        };
        // Whether the line matches is certain only at its end. A match on the way selects it at once, unless
        // inverted.
        let is_matching =
            if found.is_done { long.is_matching != self.options.invert } else { !found.matches.is_empty() };
        let is_selected = is_matching && self.count < self.options.most;
        let is_wanted = is_selected && self.options.detail != Detail::Count;
        if is_wanted && !long.is_shown {
            // No bytes at hand: the lines before it are read from the file.
            let before = Block { bytes: &[], origin: long.range().start };
            if !self.context.lead(before, 0, self.number, lines, cursor, stop)? {
                long.found = Some(found);
                self.long = Some(long);
                return Ok(());
            }
        }
        let is_done = found.is_done;
        if is_wanted && !(long.is_shown && found.matches.is_empty()) {
            let range = long.range();
            // A line that is here only for its many matches is reported with its bytes, the first time.
            let is_given = !long.is_shown && range.end - range.start <= LONGEST;
            let mut bytes = vec![0; if is_given { index(range.end - range.start) } else { 0 }];
            cursor.read_at(&mut bytes, range.start)?;
            lines.push(self.number, &range, true, &bytes, found.matches);
            long.is_shown = true;
        }
        if is_done {
            self.leave(&long, is_selected, lines);
        } else {
            self.long = Some(long);
        }
        Ok(())
    }

    /// Goes to the line after it.
    fn leave(&mut self, long: &LongLine, is_selected: bool, lines: &mut Lines) {
        let range = long.range();
        if is_selected {
            self.count += 1;
            self.context.select(self.number, range.end);
        } else {
            self.context.trail_line(&range, &[], lines);
        }
        self.number += 1;
        self.go_to((range.end + 1).min(self.bounds.end()));
    }
}
