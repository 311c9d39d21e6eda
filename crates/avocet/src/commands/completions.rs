//! `avocet completions`: what a shell needs to complete the command line.

use clap::CommandFactory as _;

use crate::cli::{Cli, Completions, Shell};
use crate::print;

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
    let script = String::from_utf8(script)?;
    let script = without_aliases(&script, &Cli::command());
    print::to_stdout(|out| out.write_all(script.as_bytes()))
}

/// The script without the lines that offer a command's second name (`function` for `functions`):
/// the shell still knows what comes after it.
fn without_aliases(script: &str, root: &clap::Command) -> String {
    let mut script = script.to_owned();
    for parent in root.get_subcommands() {
        for command in parent.get_subcommands() {
            for alias in command.get_visible_aliases() {
                script = without_alias(&script, parent.get_name(), command.get_name(), alias);
            }
        }
    }
    script
}

fn without_alias(script: &str, parent: &str, name: &str, alias: &str) -> String {
    let fish = (format!("_using_subcommand {parent}; and not "), format!(" -a \"{alias}\" "));
    let (zsh_list, zsh_item) = (format!("_{parent}_commands() {{"), format!("'{alias}:"));
    let bash = (format!(" {name} {alias} "), format!(" {name} "));
    let mut in_list = false;
    let mut kept = String::with_capacity(script.len());
    for line in script.split_inclusive('\n') {
        in_list = line.trim_end().ends_with(&zsh_list) || (in_list && line != "}\n");
        let offered = (line.contains(&fish.0) && line.contains(&fish.1))
            || (in_list && line.starts_with(&zsh_item));
        match line.trim_start().starts_with("opts=") {
            true => kept.push_str(&line.replace(&bash.0, &bash.1)),
            false if offered => {}
            false => kept.push_str(line),
        }
    }
    kept
}
