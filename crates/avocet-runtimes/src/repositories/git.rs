//! Runs `git`.

use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Command;

use super::address::Address;
use super::{Credentials, FetchError};
use crate::group::Group;

/// Bytes of what it says about errors that are kept.
const SAID: usize = 64 << 10;

/// Bytes of its answer at most. Files are looked at for their size before they are read.
const OUT: usize = 48 << 20;

/// Gives git the user's name and password by its own protocol; they are not among the arguments,
/// which everybody on the machine can see.
const HELPER: &str = "!f() { test \"$1\" = get && printf 'username=%s\\npassword=%s\\n' \
                      \"$AVOCET_GIT_USERNAME\" \"$AVOCET_GIT_PASSWORD\"; }; f";

/// `git` in a repository of its own.
pub(super) struct Program<'a> {
    path: &'a Path,
    folder: &'a Path,
    address: &'a Address,
    variables: Vec<(String, String)>,
}

/// Result of one run.
pub(super) struct Answer {
    pub(super) ok: bool,
    pub(super) out: Vec<u8>,
    pub(super) said: String,
}

impl<'a> Program<'a> {
    pub(super) fn new(
        path: &'a Path,
        folder: &'a Path,
        address: &'a Address,
        credentials: Option<&Credentials>,
    ) -> Result<Self, FetchError> {
        let mut variables = vec![
            ("GIT_DIR".to_owned(), ".".to_owned()),
            ("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned()),
            ("GIT_ALLOW_PROTOCOL".to_owned(), "https:http:ssh:git:file".to_owned()),
            // Its messages are looked into.
            ("LC_ALL".to_owned(), "C".to_owned()),
        ];
        match credentials {
            Some(Credentials::Basic { username, password }) => {
                variables.extend(basic(address, username, password));
            }
            Some(Credentials::Key(text)) => {
                let key = write_key(folder, text)
                    .map_err(|error| FetchError::Io { path: folder.to_owned(), error })?;
                variables.push(("GIT_SSH_COMMAND".to_owned(), ssh(&key)));
            }
            None if std::env::var_os("GIT_SSH_COMMAND").is_none() => {
                variables.push(("GIT_SSH_COMMAND".to_owned(), "ssh -o BatchMode=yes".to_owned()));
            }
            None => {}
        }
        Ok(Self { path, folder, address, variables })
    }

    /// Output of a run that has to succeed.
    pub(super) async fn check(&self, arguments: &[&str]) -> Result<Vec<u8>, FetchError> {
        let answer = self.run(arguments).await?;
        if answer.ok { Ok(answer.out) } else { Err(self.address.failed(&answer.said)) }
    }

    pub(super) async fn run(&self, arguments: &[&str]) -> Result<Answer, FetchError> {
        self.ask(arguments, &[]).await
    }

    /// Runs it with `input` on its standard input.
    pub(super) async fn ask(&self, arguments: &[&str], input: &[u8]) -> Result<Answer, FetchError> {
        let io = |error| FetchError::Io { path: self.folder.to_owned(), error };
        let mut child = self.command(arguments).spawn().map_err(io)?;
        let _group = Group::of(&child);
        let (stdin, stdout, stderr) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let write = async {
            let Some(mut stdin) = stdin else { return };
            // One that ends early says why itself.
            let _ = stdin.write_all(input).await;
        };
        let ((), out, said) = tokio::join!(write, read(stdout, OUT), read(stderr, SAID));
        let (out, said) = (out.map_err(io)?, said.map_err(io)?);
        let status = child.wait().await.map_err(io)?;
        let said = String::from_utf8_lossy(&said).into_owned();
        Ok(Answer { ok: status.success(), out, said })
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.path);
        command
            .args(arguments)
            .current_dir(self.folder)
            .env_remove("GIT_WORK_TREE")
            .env_remove("GIT_INDEX_FILE")
            .env_remove("GIT_OBJECT_DIRECTORY")
            .env_remove("GIT_ALTERNATE_OBJECT_DIRECTORIES")
            .env_remove("GIT_NAMESPACE")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

/// Configuration by variables, behind what the platform's own environment has of it. The helper is
/// asked for the repository's own host alone, and no other helper before it.
fn basic(address: &Address, username: &str, password: &str) -> Vec<(String, String)> {
    let Some(origin) = address.origin() else { return Vec::new() };
    let count = std::env::var("GIT_CONFIG_COUNT").ok().and_then(|count| count.parse().ok());
    let first: u32 = count.unwrap_or(0);
    let key = format!("credential.{origin}.helper");
    vec![
        ("GIT_CONFIG_COUNT".to_owned(), (first + 2).to_string()),
        (format!("GIT_CONFIG_KEY_{first}"), key.clone()),
        (format!("GIT_CONFIG_VALUE_{first}"), String::new()),
        (format!("GIT_CONFIG_KEY_{}", first + 1), key),
        (format!("GIT_CONFIG_VALUE_{}", first + 1), HELPER.to_owned()),
        ("AVOCET_GIT_USERNAME".to_owned(), username.to_owned()),
        ("AVOCET_GIT_PASSWORD".to_owned(), password.to_owned()),
    ]
}

/// A key that others may read is refused by `ssh`, and one without a last line end.
fn write_key(folder: &Path, text: &str) -> io::Result<PathBuf> {
    let path = std::path::absolute(folder.join("avocet-key"))?;
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    io::Write::write_all(&mut file, format!("{}\n", text.trim_end()).as_bytes())?;
    Ok(path)
}

fn ssh(key: &Path) -> String {
    let key = key.display().to_string().replace('\'', "'\\''");
    format!(
        "ssh -i '{key}' -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=accept-new"
    )
}

/// Reads to the end and keeps the first bytes.
async fn read(pipe: Option<impl AsyncRead + Unpin>, keep: usize) -> io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    if let Some(mut pipe) = pipe {
        (&mut pipe).take(keep as u64).read_to_end(&mut kept).await?;
        tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use avocet_functions::model::Git;

    use super::*;

    #[test]
    fn a_key_is_for_ssh_alone_to_read() {
        let folder = tempfile::tempdir().unwrap();
        let spaced = folder.path().join("it's here");
        std::fs::create_dir(&spaced).unwrap();
        let url = "git@example.org:team/x.git".to_owned();
        let git = Git { url, reference: "main".to_owned(), ..Git::default() };
        let address = Address::of(&git).unwrap();
        let key = Credentials::Key("-----BEGIN\nkey\n-----END".to_owned());
        let program = Program::new(Path::new("git"), &spaced, &address, Some(&key)).unwrap();
        let file = spaced.join("avocet-key");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "-----BEGIN\nkey\n-----END\n");
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        let ssh = program.variables.iter().find(|(name, _)| name == "GIT_SSH_COMMAND").unwrap();
        assert!(ssh.1.contains("it'\\''s here/avocet-key' "), "{}", ssh.1);
    }
}
