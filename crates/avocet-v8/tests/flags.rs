//! Flags as they are typed, in a process where V8 has not started.

use avocet_v8::take_flags;

#[test]
fn flags_that_are_not_known_come_back_in_their_order() {
    let flags = ["--no-such-flag", "--stack-trace-limit=10", "", "no flag\0", "--nor-this=1"];
    let flags: Vec<String> = flags.map(str::to_owned).to_vec();
    assert_eq!(take_flags(&flags), ["--no-such-flag", "", "no flag\0", "--nor-this=1"]);
    assert_eq!(take_flags(&[]), Vec::<String>::new());
}
