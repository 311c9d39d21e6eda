//! The reads of a subscription: when, and of what.

use std::time::Duration;

use crate::item::Serial;
use crate::log::{PullId, Pulled};
use crate::time::{Moment, Now, Timestamp};

/// Knowledge of what the log has for a subscription, and the read under way.
#[derive(Debug)]
pub(crate) struct Reading {
    under_way: Option<(PullId, Moment)>,
    /// Whether there may be fresh events.
    fresh: bool,
    /// Whether there may be rows that are ready.
    returned: bool,
    /// The same for what was heard of since the read under way began.
    fresh_since: bool,
    returned_since: bool,
    due_since: Option<Timestamp>,
    /// Time of the next look for rows.
    look_at: Option<Moment>,
    /// Whether rows are behind others.
    pub(crate) behind: bool,
    /// Time before which no read begins.
    paused_until: Option<Moment>,
    /// Entry that has to be durable before a read begins: it is of an earlier subscription of the same
    /// number.
    pub(crate) not_before: Serial,
}

impl Reading {
    pub(crate) fn new(not_before: Serial) -> Self {
        Self {
            under_way: None,
            fresh: true,
            returned: true,
            fresh_since: false,
            returned_since: false,
            due_since: None,
            look_at: None,
            behind: false,
            paused_until: None,
            not_before,
        }
    }

    pub(crate) fn is_under_way(&self) -> bool {
        self.under_way.is_some()
    }

    /// Shares of fresh and returned events in the room for `free` events, where a read is wanted.
    /// Neither kind keeps the other out.
    pub(crate) fn wants(&self, free: usize, now: Moment) -> Option<(usize, usize)> {
        let waits = self.under_way.is_some() || self.paused_until.is_some_and(|until| now < until);
        if waits || free == 0 {
            return None;
        }
        match (self.fresh, self.returned) {
            (false, false) => None,
            (true, false) => Some((free, 0)),
            (false, true) => Some((0, free)),
            (true, true) if free == 1 => Some((1, 1)),
            (true, true) => Some((free - free / 2, free / 2)),
        }
    }

    pub(crate) fn begin(&mut self, id: PullId, deadline: Moment) {
        self.under_way = Some((id, deadline));
        self.paused_until = None;
        (self.fresh_since, self.returned_since, self.due_since) = (false, false, None);
    }

    /// Ends the read; `false` where it is not the one under way.
    pub(crate) fn end(&mut self, id: PullId) -> bool {
        self.under_way.take_if(|(own, _)| *own == id).is_some()
    }

    /// Ends a read that is not answered; `false` where there is none.
    pub(crate) fn give_up(&mut self, now: Moment) -> bool {
        let over = self.under_way.take_if(|(_, deadline)| *deadline <= now).is_some();
        if over {
            // A broker may have lent what was lost with the answer.
            self.rows_changed();
        }
        over
    }

    /// The read failed: the next one is not before `until`.
    pub(crate) fn pause(&mut self, until: Moment) {
        self.paused_until = Some(until);
        self.rows_changed();
    }

    /// Takes what an answer says. `asked` are the kinds that were asked for.
    pub(crate) fn learn(&mut self, pulled: &Pulled, now: Now, asked: (usize, usize)) {
        if asked.0 > 0 {
            self.fresh = pulled.more;
        }
        self.fresh |= self.fresh_since;
        let next = pulled.next.into_iter().chain(self.due_since).min();
        if asked.1 > 0 {
            self.returned = next.is_some_and(|next| next <= now.wall);
            self.look_at = next.map(|next| now.moment.after(next.since(now.wall)));
        }
        self.returned |= self.returned_since;
        self.behind |= pulled.behind;
    }

    /// Events were appended.
    pub(crate) fn appended(&mut self) {
        self.fresh_appended();
        self.rows_changed();
    }

    /// There may be fresh events, and nothing changed otherwise.
    pub(crate) fn fresh_appended(&mut self) {
        (self.fresh, self.fresh_since) = (true, true);
    }

    /// Rows may be ready.
    pub(crate) fn rows_changed(&mut self) {
        (self.returned, self.returned_since) = (true, true);
    }

    /// A row that waits until `at` is durable.
    pub(crate) fn row_waits(&mut self, at: Timestamp, now: Now) {
        if self.under_way.is_some() {
            self.due_since = self.due_since.into_iter().chain([at]).min();
        }
        let moment = now.moment.after(at.since(now.wall));
        self.look_at = self.look_at.into_iter().chain([moment]).min();
    }

    /// Looks at the time.
    pub(crate) fn pass(&mut self, now: Moment) {
        if self.look_at.take_if(|look_at| *look_at <= now).is_some() {
            self.rows_changed();
        }
        self.paused_until.take_if(|until| *until <= now);
    }

    pub(crate) fn next_wake(&self) -> Option<Moment> {
        let deadline = self.under_way.map(|(_, deadline)| deadline);
        let wanted = self.fresh || self.returned;
        let pause = self.paused_until.filter(|_| wanted && self.under_way.is_none());
        deadline.into_iter().chain(self.look_at).chain(pause).min()
    }
}

/// Time by which a clock may go back unnoticed.
pub(crate) const CLOCK_SLACK: Duration = Duration::from_secs(60);
