//! The process that becomes a worker. A program of its own, since `avocet` itself maps V8 when it
//! starts, which takes longer than all the rest of a launch.

fn main() -> std::process::ExitCode {
    avocet_jail::run()
}
