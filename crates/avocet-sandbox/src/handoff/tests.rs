use std::sync::mpsc::{Receiver, Sender, channel};

use super::*;
use crate::current_piece::WorkLimits;

/// A loop whose only work is what the test sends: jobs run with the state parked.
struct Loop {
    jobs: Receiver<Job>,
    handoff: Arc<std::sync::OnceLock<Arc<Handoff<Loop>>>>,
}

enum Job {
    Run(Arc<CurrentPiece>, Box<dyn FnOnce() + Send>),
    Finish(u8),
}

fn drive(mut state: Loop) {
    let handoff = state.handoff.get().unwrap().clone();
    while let Ok(job) = state.jobs.recv() {
        match job {
            Job::Finish(code) => return handoff.finish(code),
            Job::Run(current, work) => match handoff.run(state, &current, work) {
                Ran::Here(back, ()) => state = back,
                Ran::Away(()) => return,
            },
        }
    }
}

fn start(options: HandoffOptions) -> (Sender<Job>, std::thread::JoinHandle<u8>) {
    let (sender, jobs) = channel();
    let cell = Arc::new(std::sync::OnceLock::new());
    let handoff = Arc::new(Handoff::new(options, drive));
    assert!(cell.set(handoff.clone()).is_ok());
    let state = Loop { jobs, handoff: cell };
    (sender, std::thread::spawn(move || handoff.monitor(state).unwrap()))
}

fn piece() -> Arc<CurrentPiece> {
    Arc::new(CurrentPiece::new())
}

#[test]
fn the_loop_goes_on_while_one_run_does_not_come_back() {
    let (jobs, monitor) = start(HandoffOptions::default());
    let (release, stuck) = channel::<()>();
    let (say, heard) = channel();
    jobs.send(Job::Run(piece(), Box::new(move || stuck.recv().unwrap()))).unwrap();
    jobs.send(Job::Run(piece(), Box::new(move || say.send(()).unwrap()))).unwrap();
    heard.recv().unwrap();
    release.send(()).unwrap();
    jobs.send(Job::Finish(3)).unwrap();
    assert_eq!(monitor.join().unwrap(), 3);
}

#[test]
fn many_can_be_stuck_and_their_threads_serve_again() {
    let options = HandoffOptions { lower_after: Duration::MAX, ..HandoffOptions::default() };
    let (jobs, monitor) = start(options);
    for _ in 0..3 {
        let mut stuck = Vec::new();
        for _ in 0..5 {
            let (release, blocked) = channel::<()>();
            let work = Box::new(move || blocked.recv().unwrap());
            jobs.send(Job::Run(piece(), work)).unwrap();
            stuck.push(release);
        }
        let (say, heard) = channel();
        jobs.send(Job::Run(piece(), Box::new(move || say.send(()).unwrap()))).unwrap();
        heard.recv().unwrap();
        stuck.iter().for_each(|release| release.send(()).unwrap());
    }
    jobs.send(Job::Finish(0)).unwrap();
    assert_eq!(monitor.join().unwrap(), 0);
}

#[test]
fn over_the_bound_the_loop_waits_for_one_to_come_back() {
    let options = HandoffOptions { max_slow: 1, ..HandoffOptions::default() };
    let (jobs, monitor) = start(options);
    let (say, heard) = channel();
    let mut stuck = Vec::new();
    for number in 0..3 {
        let (release, blocked) = channel::<()>();
        let say = say.clone();
        let work = Box::new(move || {
            say.send(number).unwrap();
            blocked.recv().unwrap();
        });
        jobs.send(Job::Run(piece(), work)).unwrap();
        stuck.push(release);
    }
    assert_eq!((heard.recv(), heard.recv()), (Ok(0), Ok(1)));
    assert!(heard.try_recv().is_err(), "the third runs on no thread yet");
    stuck[1].send(()).unwrap();
    assert_eq!(heard.recv(), Ok(2));
    stuck[0].send(()).unwrap();
    stuck[2].send(()).unwrap();
    jobs.send(Job::Finish(0)).unwrap();
    assert_eq!(monitor.join().unwrap(), 0);
}

#[test]
fn a_piece_over_its_limit_is_stopped() {
    let (jobs, monitor) = start(HandoffOptions::default());
    let (stop, stopped) = channel();
    let (out, result) = channel();
    let current = Arc::new(CurrentPiece::new());
    let stop = Mutex::new(stop);
    current.attach(move || stop.lock().unwrap().send(()).unwrap());
    let inside = current.clone();
    let work = Box::new(move || {
        inside.begin(1, WorkLimits { wall: Duration::from_millis(20), cpu: None });
        stopped.recv().unwrap();
        out.send(inside.end()).unwrap();
    });
    jobs.send(Job::Run(current, work)).unwrap();
    assert_eq!(result.recv().unwrap(), Some(Stop::Timeout));
    jobs.send(Job::Finish(0)).unwrap();
    assert_eq!(monitor.join().unwrap(), 0);
}
