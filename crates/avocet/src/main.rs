//! The command line of Avocet.

mod addon;
mod cli;
mod collect;
mod commands;
mod diagnostics;
mod failure;
mod host;
mod input;
mod lines;
mod nats;
mod parse;
mod print;
mod progress;
mod remote;
mod reporter;
mod runtime;
mod stop;
mod terminal;
mod transfer;
mod watch;
mod yaml;

use std::process::ExitCode;

use clap::Parser as _;

use cli::{Addon, AddonWhat, Cli, Command, Repl, RuntimeImage};

fn main() -> ExitCode {
    // A script has its own arguments, which are none of this program's.
    if let Some(script) = avocet_evented::Invocation::of(std::env::args_os()) {
        return script.run(addon::compile_flags);
    }
    run(&Cli::parse().command).unwrap_or_else(|error| failure::report(&error))
}

fn run(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(args) => runtime::serve(commands::serve::run(args))?,
        Command::Dev(args) => runtime::serve(commands::dev::run(args))?,
        Command::Deploy(args) => runtime::client()?.block_on(commands::deploy::run(args))?,
        Command::Check(args) => runtime::client()?.block_on(commands::check::run(args))?,
        Command::Get(args) => runtime::client()?.block_on(commands::get::run(args))?,
        Command::Delete(args) => runtime::client()?.block_on(commands::delete::run(args))?,
        Command::Invoke(args) => runtime::client()?.block_on(commands::invoke::run(args))?,
        Command::Emit(args) => runtime::client()?.block_on(commands::emit::run(args))?,
        Command::Events(args) => runtime::client()?.block_on(commands::events::run(args))?,
        Command::Logs(args) => runtime::client()?.block_on(commands::logs::run(args))?,
        Command::RunCron(args) => runtime::client()?.block_on(commands::run_cron::run(args))?,
        Command::Kv(args) => runtime::client()?.block_on(commands::kv::run(args))?,
        Command::Objects(args) => runtime::client()?.block_on(commands::objects::run(args))?,
        Command::Publish(args) => runtime::client()?.block_on(commands::messages::publish(args))?,
        Command::Request(args) => runtime::client()?.block_on(commands::messages::request(args))?,
        Command::Sub(args) => runtime::client()?.block_on(commands::messages::sub(args))?,
        Command::Rollback(args) => runtime::client()?.block_on(commands::rollback::run(args))?,
        Command::Addon(Addon { what: AddonWhat::Build(args) }) => {
            runtime::client()?.block_on(commands::addon::build(args))?;
        }
        Command::Init(args) => commands::init::run(args)?,
        Command::Runtime(RuntimeImage {}) => runtime::serve(commands::runtime::run())?,
        Command::Repl(Repl {}) => return Ok(avocet_evented::run_script(vec!["avocet".to_owned()])),
        Command::Completions(args) => commands::completions::run(args)?,
        Command::Launch => return Ok(avocet_jail::run()),
        Command::WorkerV8 => return Ok(avocet_sandbox::run_worker()),
    }
    Ok(ExitCode::SUCCESS)
}
