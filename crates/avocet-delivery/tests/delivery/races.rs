//! Inputs that reach the engine while something else is on its way: step by step, without a log.

use avocet_delivery::{
    Action, Batch, DeliveryId, Engine, EngineOptions, Event, Input, Moment, Now, Origin, Outcome,
    Position, Pull, Pulled, SubscriptionId, SubscriptionSettings, Timestamp, Tries,
};

const ONE: SubscriptionId = SubscriptionId(1);

struct Steps(Engine);

impl Steps {
    /// An engine with one subscription, and its first read.
    fn begin() -> (Self, Pull) {
        let mut steps = Self(Engine::new(EngineOptions::default()));
        let settings = SubscriptionSettings::default();
        let actions = steps.tell(Input::Subscribe { id: ONE, settings, cursor: Position(0) });
        (steps, pull(&actions).expect("it reads"))
    }

    fn tell(&mut self, input: Input) -> Vec<Action> {
        let now = Now { wall: Timestamp(1_000_000), moment: Moment(0) };
        self.0.handle(now, input);
        self.0.actions().collect()
    }

    fn answer(&mut self, id: DeliveryId, outcome: Outcome) -> Vec<Action> {
        self.tell(Input::Answered { id, outcome, note: None })
    }

    /// The batch after the event at position 1 was delivered and rejected.
    fn reject(&mut self, read: &Pull) -> Batch {
        let actions = self.tell(Input::Pulled(given(read, &[(1, Origin::Fresh)], 1)));
        let actions = self.answer(delivery(&actions).unwrap(), Outcome::Rejected);
        batch(&actions).expect("it is written down")
    }
}

fn pull(actions: &[Action]) -> Option<Pull> {
    actions.iter().find_map(|action| match action {
        Action::Pull(pull) => Some(*pull),
        _ => None,
    })
}

fn batch(actions: &[Action]) -> Option<Batch> {
    actions.iter().find_map(|action| match action {
        Action::Write(batch) => Some(batch.clone()),
        _ => None,
    })
}

fn delivery(actions: &[Action]) -> Option<DeliveryId> {
    actions.iter().find_map(|action| match action {
        Action::Deliver { id, .. } => Some(*id),
        _ => None,
    })
}

fn given(pull: &Pull, events: &[(u64, Origin)], scanned: u64) -> Pulled {
    let event = |(position, origin): &(u64, Origin)| Event {
        position: Position(*position),
        origin: *origin,
        accepted: Timestamp(0),
        due: None,
        key: None,
        tries: Tries::default(),
        behind: false,
    };
    let events = events.iter().map(event).collect();
    let scanned = Position(scanned);
    Pulled { id: pull.id, events, scanned, more: false, next: None, behind: false }
}

/// A dead event is replayed before the engine knows that it is dead for sure: what a read gave of it
/// until then was not taken, and has to be asked for again.
#[test]
fn a_replay_that_comes_before_the_confirmation_is_not_forgotten() {
    let (mut steps, read) = Steps::begin();
    let batch = steps.reject(&read);
    let read = pull(&steps.tell(Input::Appended(ONE))).expect("it looks for the row");
    let actions = steps.tell(Input::Pulled(given(&read, &[(1, Origin::Returned)], 1)));
    assert_eq!(delivery(&actions), None, "its end is on its way into the log");
    let read = pull(&steps.tell(Input::Written(batch.id))).expect("it looks once more");
    let actions = steps.tell(Input::Pulled(given(&read, &[(1, Origin::Returned)], 1)));
    assert!(delivery(&actions).is_some());
}

#[test]
fn a_replay_that_is_read_across_the_confirmation_is_not_forgotten() {
    let (mut steps, read) = Steps::begin();
    let batch = steps.reject(&read);
    let read = pull(&steps.tell(Input::Appended(ONE))).expect("it looks for the row");
    assert_eq!(pull(&steps.tell(Input::Written(batch.id))), None, "one read at a time");
    let actions = steps.tell(Input::Pulled(given(&read, &[(1, Origin::Returned)], 1)));
    assert_eq!(delivery(&actions), None, "that may be from before");
    let read = pull(&actions).expect("it looks once more");
    let actions = steps.tell(Input::Pulled(given(&read, &[(1, Origin::Returned)], 1)));
    assert!(delivery(&actions).is_some());
}

/// Events that a subscription does not want keep nothing in the log for its sake.
#[test]
fn cursors_are_brought_up_where_it_is_asked_for() {
    let (mut steps, read) = Steps::begin();
    let actions = steps.tell(Input::Pulled(given(&read, &[], 500)));
    assert_eq!(actions, [], "a small lag is not worth a write");
    let written = batch(&steps.tell(Input::Tidy { last: Position(500) })).unwrap();
    assert_eq!(
        (&written.records[..], &written.cursors[..]),
        (&[][..], &[(ONE, Position(500))][..])
    );
    steps.tell(Input::Written(written.id));
    assert_eq!(steps.tell(Input::Tidy { last: Position(500) }), []);
    // Nobody said that there is more.
    let read = pull(&steps.tell(Input::Tidy { last: Position(700) })).expect("it reads on");
    let actions = steps.tell(Input::Pulled(given(&read, &[], 700)));
    assert_eq!(batch(&actions).unwrap().cursors, [(ONE, Position(700))]);
}
