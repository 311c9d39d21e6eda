//! The launcher that the tests start.

fn main() -> std::process::ExitCode {
    avocet_jail::run()
}
