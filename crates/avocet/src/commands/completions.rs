//! `avocet completions`: what a shell needs to complete the command line.

use clap::CommandFactory as _;
use std::io::Write as _;

use crate::cli::{Cli, Completions, Shell};

/// Prints the completions. They are built in memory first: the generator cannot report a closed
/// pipe.
pub(crate) fn run(args: &Completions) -> anyhow::Result<()> {
    let shell = match args.shell {
        Shell::Bash => clap_complete::Shell::Bash,
        Shell::Zsh => clap_complete::Shell::Zsh,
        Shell::Fish => clap_complete::Shell::Fish,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "avocet", &mut script);
    std::io::stdout().write_all(&script)?;
    Ok(())
}
