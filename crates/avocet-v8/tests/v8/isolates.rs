//! Isolates, threads and limits.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use avocet_v8::{
    Context, ContextScope, Function, Global, HandleScope, Isolate, IsolateOptions, Object,
    StackTrace, TryCatch, enter, escapable_handle_scope, handle_scope,
};

use crate::common::{eval, in_context, set_global, show, string, with_options, with_scope};

#[test]
fn an_isolate_moves_between_threads() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    let context = {
        enter!(let scope = &mut isolate);
        let context = Context::new(scope);
        let kept = Global::new(scope, context);
        let scope = &mut ContextScope::new(scope, context);
        eval(scope, "globalThis.n = 0").unwrap();
        kept
    };
    for round in 1..=3 {
        let context = context.clone();
        isolate = thread::spawn(move || {
            {
                enter!(let scope = &mut isolate);
                let context = context.open(scope);
                let scope = &mut ContextScope::new(scope, context);
                assert_eq!(show(scope, "++n"), round.to_string());
            }
            isolate
        })
        .join()
        .unwrap();
    }
}

#[test]
fn many_isolates_take_turns_in_one_thread() {
    let mut isolates: Vec<_> = (0..5).map(|_| Isolate::new(IsolateOptions::default())).collect();
    for round in 0..3 {
        for (index, isolate) in isolates.iter_mut().enumerate() {
            in_context(isolate, |scope| {
                assert_eq!(show(scope, &format!("{round} + {index}")), (round + index).to_string());
            });
        }
    }
}

#[test]
fn an_isolate_can_be_made_and_dropped_inside_another() {
    with_scope(|scope| {
        drop(Isolate::new(IsolateOptions::default()));
        assert_eq!(show(scope, "1 + 1"), "2");
    });
}

#[test]
fn globals_can_be_dropped_anywhere() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    let mut make = || {
        in_context(&mut isolate, |scope| {
            let object = Object::new(scope);
            Global::new(scope, object)
        })
    };
    let (a, b, c) = (make(), make(), make());
    let clone = a.clone();
    drop(a);
    thread::spawn(move || drop(clone)).join().unwrap();
    in_context(&mut isolate, |scope| {
        assert!(b.open(scope).is_object());
        drop(b);
        let used = scope.heap_statistics().used_global_handles_size;
        drop(c.clone());
        assert!(used > 0);
    });
    drop(isolate);
    drop(c);
}

#[test]
fn slots_of_dropped_globals_are_used_again() {
    with_scope(|scope| {
        let value = string(scope, "kept");
        let size = |scope: &mut HandleScope| scope.heap_statistics().used_global_handles_size;
        for _ in 0..10 {
            Global::new(scope, value);
        }
        let before = size(scope);
        for _ in 0..10_000 {
            Global::new(scope, value);
        }
        assert!(size(scope) <= before + 1000);
    });
}

#[test]
#[should_panic(expected = "this Global belongs to another isolate")]
fn a_global_opens_in_its_own_isolate_only() {
    let mut first = Isolate::new(IsolateOptions::default());
    let global = in_context(&mut first, |scope| {
        let object = Object::new(scope);
        Global::new(scope, object)
    });
    with_scope(|scope| {
        global.open(scope);
    });
}

#[test]
#[should_panic(expected = "this thread has entered another isolate")]
fn a_thread_enters_one_isolate() {
    let mut other = Isolate::new(IsolateOptions::default());
    with_scope(|_| {
        other.enter();
    });
}

#[test]
#[should_panic(expected = "an Entered guard of it was leaked")]
fn a_leaked_guard_is_noticed() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    std::mem::forget(isolate.enter());
    // Not on this thread, which would notice earlier.
    let other = thread::spawn(move || {
        isolate.enter();
    });
    if let Err(panic) = other.join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
#[should_panic(expected = "this thread has entered this isolate already")]
fn a_leaked_guard_is_noticed_on_its_thread() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    std::mem::forget(isolate.enter());
    isolate.enter();
}

#[test]
#[should_panic(expected = "no context is entered")]
fn javascript_needs_a_context() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    enter!(let scope = &mut isolate);
    eval(scope, "1");
}

#[test]
fn one_handle_escapes() {
    with_scope(|scope| {
        let kept = {
            escapable_handle_scope!(let scope = scope);
            let lost = string(scope, "lost");
            let kept = string(scope, "kept");
            assert_eq!(lost.length(), 4);
            scope.escape(kept)
        };
        assert_eq!(kept.to_rust_string_lossy(scope), "kept");
    });
}

#[test]
#[should_panic(expected = "a handle has escaped from this scope already")]
fn a_second_handle_does_not_escape() {
    with_scope(|scope| {
        escapable_handle_scope!(let scope = scope);
        let value = string(scope, "kept");
        scope.escape(value);
        scope.escape(value);
    });
}

#[test]
fn slots_hold_one_value_per_type() {
    struct Counter(u32);
    let mut isolate = Isolate::new(IsolateOptions::default());
    assert!(isolate.set_slot(Counter(1)).is_none());
    isolate.set_slot("text");
    in_context(&mut isolate, |scope| {
        scope.slot_mut::<Counter>().unwrap().0 += 1;
        let function = Function::new(scope, |scope, _, result| {
            let counter = scope.slot_mut::<Counter>().unwrap();
            counter.0 += 1;
            result.set_uint32(counter.0);
        })
        .unwrap();
        set_global(scope, "count", function.into());
        assert_eq!(show(scope, "count() + count()"), "7");
        assert_eq!(scope.slot::<&str>(), Some(&"text"));
        assert!(scope.slot::<u64>().is_none());
    });
    assert_eq!(isolate.take_slot::<Counter>().map(|counter| counter.0), Some(4));
    assert!(isolate.slot::<Counter>().is_none());
}

#[test]
fn a_loop_is_terminated_from_another_thread() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    let handle = isolate.handle();
    let (started, wait) = mpsc::channel();
    let terminator = {
        let handle = handle.clone();
        thread::spawn(move || {
            wait.recv().unwrap();
            assert!(handle.terminate_execution());
        })
    };
    in_context(&mut isolate, |scope| {
        let function = Function::new(scope, move |_, _, _| started.send(()).unwrap()).unwrap();
        set_global(scope, "started", function.into());
        let scope = &mut TryCatch::new(scope);
        let text =
            "started(); try { for (;;); } catch { 'not caught' } finally { globalThis.x = 1 }";
        assert!(eval(scope, text).is_none());
        assert!(scope.has_terminated() && !scope.can_continue());
        assert!(scope.is_execution_terminating());
        assert!(scope.message().is_none());
        scope.cancel_terminate_execution();
        scope.reset();
        assert_eq!(show(scope, "typeof x"), "undefined");
    });
    terminator.join().unwrap();
    drop(isolate);
    assert!(!handle.terminate_execution() && !handle.is_alive());
    assert!(!handle.cancel_terminate_execution());
    assert!(!handle.request_interrupt(|_| {}));
}

#[test]
fn a_termination_of_an_idle_isolate_is_forgotten() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    in_context(&mut isolate, |scope| show(scope, "1"));
    assert!(isolate.handle().terminate_execution());
    in_context(&mut isolate, |scope| assert_eq!(show(scope, "2"), "2"));
}

#[test]
fn an_interrupt_sees_the_stack() {
    let mut isolate = Isolate::new(IsolateOptions::default());
    let handle = isolate.handle();
    let (sender, receiver) = mpsc::channel();
    let (started, wait) = mpsc::channel();
    let asker = thread::spawn(move || {
        wait.recv().unwrap();
        let terminator = handle.clone();
        handle.request_interrupt(move |scope| {
            let stack = StackTrace::current(scope, 10).unwrap();
            sender.send(stack.frames(scope)).unwrap();
            terminator.terminate_execution();
        });
    });
    in_context(&mut isolate, |scope| {
        let function = Function::new(scope, move |_, _, _| started.send(()).unwrap()).unwrap();
        set_global(scope, "started", function.into());
        let scope = &mut TryCatch::new(scope);
        assert!(eval(scope, "function spin() { for (;;); }\nstarted();\nspin()").is_none());
        assert!(scope.has_terminated());
    });
    asker.join().unwrap();
    let frames = receiver.recv().unwrap();
    assert_eq!((frames[0].function.as_str(), frames[1].line), ("spin", 3));
}

#[test]
fn interrupts_that_never_run_are_dropped() {
    struct Counted(Arc<AtomicUsize>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let drops = Arc::new(AtomicUsize::new(0));
    let isolate = Isolate::new(IsolateOptions::default());
    let counted = Counted(drops.clone());
    isolate.handle().request_interrupt(move |_| drop(counted));
    drop(isolate);
    assert_eq!(drops.load(Ordering::SeqCst), 1);
}

#[test]
fn the_heap_limit_asks_first() {
    let asked = Arc::new(AtomicBool::new(false));
    let seen = asked.clone();
    let options = IsolateOptions {
        heap_limit: 16 << 20,
        near_heap_limit: Some(Box::new(move |isolate, current, initial| {
            assert!(current >= initial);
            seen.store(true, Ordering::SeqCst);
            isolate.terminate_execution();
            current + (16 << 20)
        })),
        ..Default::default()
    };
    with_options(options, |scope| {
        let scope = &mut TryCatch::new(scope);
        assert!(
            eval(scope, "const all = []; for (;;) all.push(new Array(1000).fill(1.5))").is_none()
        );
        assert!(scope.has_terminated());
    });
    assert!(asked.load(Ordering::SeqCst));
}

#[test]
fn the_heap_is_observed() {
    with_scope(|scope| {
        let before = scope.heap_statistics();
        eval(scope, "globalThis.all = Array.from({ length: 1e5 }, (_, i) => ({ i }))").unwrap();
        let after = scope.heap_statistics();
        assert!(after.used_heap_size > before.used_heap_size + 1_000_000);
        assert_eq!(after.number_of_native_contexts, 1);
        eval(scope, "all = 0").unwrap();
        scope.low_memory_notification();
        assert!(scope.heap_statistics().used_heap_size < after.used_heap_size);
        scope.memory_pressure_notification(avocet_v8::MemoryPressure::Moderate);
        scope.adjust_amount_of_external_allocated_memory(1000);
        scope.adjust_amount_of_external_allocated_memory(-1000);
    });
}

#[test]
fn a_heap_snapshot_is_json() {
    with_scope(|scope| {
        eval(scope, "globalThis.needle = { inTheHaystack: 'x' }").unwrap();
        let mut bytes = Vec::new();
        scope.write_heap_snapshot(&mut bytes).unwrap();
        let snapshot: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
        let strings = snapshot["strings"].as_array().unwrap();
        assert!(strings.iter().any(|string| string == "inTheHaystack"));
        struct Full;
        impl std::io::Write for Full {
            fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
                Err(std::io::Error::other("full"))
            }
            fn flush(&mut self) -> std::io::Result<()> {
                Ok(())
            }
        }
        assert!(scope.write_heap_snapshot(&mut Full).is_err());
    });
}

#[test]
fn a_cpu_profile_is_json() {
    with_scope(|scope| {
        assert!(scope.stop_cpu_profile().is_none());
        assert!(scope.start_cpu_profile(100));
        assert!(!scope.start_cpu_profile(100));
        eval(
            scope,
            "function busy() { let n = 0; for (let i = 0; i < 3e6; i++) n += i; return n }\nbusy()",
        );
        let profile = scope.stop_cpu_profile().unwrap();
        let profile: serde_json::Value = serde_json::from_str(&profile).unwrap();
        let nodes = profile["nodes"].as_array().unwrap();
        assert_eq!(nodes[0]["callFrame"]["functionName"], "(root)");
        let samples = profile["samples"].as_array().unwrap().len();
        assert_eq!(profile["timeDeltas"].as_array().unwrap().len(), samples);
    });
}

#[test]
fn a_cpu_profile_ends_with_its_isolate() {
    with_scope(|scope| {
        assert!(scope.start_cpu_profile(100));
        eval(scope, "for (let i = 0; i < 1e6; i++) ;").unwrap();
    });
}

#[test]
fn finalizers_run_when_pumped() {
    with_scope(|scope| {
        eval(scope, "globalThis.n = 0; globalThis.r = new FinalizationRegistry(() => n++)")
            .unwrap();
        {
            handle_scope!(let scope = scope);
            eval(scope, "r.register({}, 1); 0").unwrap();
        }
        scope.clear_kept_objects();
        scope.low_memory_notification();
        while scope.pump_message_loop() {}
        assert_eq!(show(scope, "n"), "1");
    });
}

#[test]
fn flags_are_refused_once_v8_has_started() {
    avocet_v8::initialize("");
    let late = std::panic::catch_unwind(|| avocet_v8::take_flags(&["--expose-gc".to_owned()]));
    let message = late.unwrap_err();
    let message = message.downcast_ref::<&str>().unwrap();
    assert!(message.contains("V8 has started"), "{message}");
}
