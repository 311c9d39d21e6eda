//! Launches of real programs by a real launcher.

mod jailed;

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use avocet_jail::{Files, Jail, Launch, Launcher, Mounts, Prepared, REFUSED, Reports, Rights};

fn launcher() -> Launcher {
    Launcher::new(env!("CARGO_BIN_EXE_avocet-jail-launch"))
}

/// Output and end of the program, and the launcher's reports.
fn launched(launch: &Launch) -> (Output, Reports) {
    let Prepared { mut command, socket, reports } = launcher().prepare(launch).unwrap();
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(command);
    let output = child.wait_with_output().unwrap();
    drop(socket);
    let mut bytes = Vec::new();
    File::from(reports).read_to_end(&mut bytes).unwrap();
    (output, Reports::read(&bytes))
}

fn shell(script: &str) -> Launch {
    Launch::new("/bin/sh").arg("-c").arg(script).env("PATH", "/usr/bin:/bin")
}

/// Output of the script; nothing was to be noted.
fn printed(launch: &Launch) -> String {
    let (output, reports) = launched(launch);
    assert!(output.status.success(), "{output:?} {reports:?}");
    assert_eq!(reports, Reports::default());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_environment_is_what_was_described_and_nothing_else() {
    let launch = Launch::new("/usr/bin/env").env("ONE", "1").env("TWO", "a b\nc");
    assert_eq!(printed(&launch), "ONE=1\nTWO=a b\nc\n");
    assert_eq!(printed(&Launch::new("/usr/bin/env")), "");
}

#[test]
fn the_process_is_the_program_itself_and_a_child_of_the_supervisor() {
    let launch = Launch::new("/bin/cat").arg("/proc/self/cmdline").arg("/proc/self/stat");
    let printed = printed(&launch);
    let (command, stat) = printed.rsplit_once('\0').unwrap();
    assert_eq!(command, "/bin/cat\0/proc/self/cmdline\0/proc/self/stat");
    let fields: Vec<&str> = stat.split_whitespace().collect();
    let (pid, parent, group) = (fields[0], fields[3], fields[4]);
    assert_eq!(parent, std::process::id().to_string());
    assert_eq!(group, pid, "the first of a group of its own");
}

#[test]
fn descriptors_of_the_supervisor_are_closed() {
    let inherited = File::open("/").unwrap();
    rustix::io::fcntl_setfd(&inherited, rustix::io::FdFlags::empty()).unwrap();
    let launch = Launch::new("/bin/ls").arg("/proc/self/fd");
    // The last one is that of the listing.
    assert_eq!(printed(&launch), "0\n1\n2\n3\n");
}

#[test]
fn the_end_of_the_program_is_the_end_that_the_supervisor_sees() {
    for code in [0, 3, i32::from(REFUSED)] {
        let (output, reports) = launched(&shell(&format!("exit {code}")));
        assert_eq!((output.status.code(), reports.failure), (Some(code), None));
    }
    for signal in [6, 9, 11] {
        let (output, reports) = launched(&shell(&format!("kill -{signal} $$")));
        assert_eq!((output.status.signal(), reports.failure), (Some(signal), None));
    }
}

#[test]
fn a_working_folder_is_entered_and_one_that_is_not_there_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    let pwd = Launch::new("/bin/pwd").arg("-P");
    let at = |folder: &Path| format!("{}\n", folder.display());
    assert_eq!(printed(&pwd.clone().current_dir(&folder)), at(&folder));
    assert_eq!(printed(&pwd.clone()), at(&std::env::current_dir().unwrap()));
    let (output, reports) = launched(&pwd.current_dir(folder.join("none")));
    assert_eq!(output.status.code(), Some(i32::from(REFUSED)));
    let failure = reports.failure.unwrap();
    assert!(
        failure.starts_with("cannot enter the folder ") && failure.contains("none"),
        "{failure}"
    );
}

#[test]
fn a_program_that_cannot_be_executed_is_named() {
    let error = launcher().prepare(&Launch::new("/no/such/program")).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    let error = launcher().prepare(&Launch::new("/etc/passwd")).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
    assert!(launcher().prepare(&Launch::new("/")).is_err());
    let folder = tempfile::tempdir().unwrap();
    let broken = folder.path().join("broken");
    fs::copy("/bin/true", &broken).unwrap();
    fs::write(&broken, "#!/no/such/interpreter\n").unwrap();
    let (output, reports) = launched(&Launch::new(&broken));
    assert_eq!(output.status.code(), Some(i32::from(REFUSED)));
    let failure = reports.failure.unwrap();
    assert!(failure.starts_with("cannot execute ") && failure.contains("broken"), "{failure}");
}

#[test]
fn a_control_group_that_is_not_there_is_noted_and_the_program_runs() {
    let folder = tempfile::tempdir().unwrap();
    let (output, reports) = launched(&shell("exit 0").group(folder.path().join("none")));
    assert!(output.status.success());
    assert!(reports.notes[0].starts_with("it has no control group: "), "{reports:?}");
}

#[test]
fn a_launcher_without_an_order_says_what_it_is() {
    let launcher = std::process::Command::new(env!("CARGO_BIN_EXE_avocet-jail-launch"))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(launcher.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&launcher.stderr).contains("it is avocet that starts this"));
}

/// Files for paths, in a folder that is laid out as [`Mounts`] takes them.
struct Given {
    root: tempfile::TempDir,
    paths: Vec<PathBuf>,
}

impl Given {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut given = Self { root: tempfile::tempdir().unwrap(), paths: Vec::new() };
        fs::create_dir(given.stage()).unwrap();
        for (path, text) in files {
            let (path, target) = (Path::new(path), given.below(Path::new(path)));
            let parent = path.parent().unwrap().to_owned();
            fs::create_dir_all(target.parent().unwrap()).unwrap();
            fs::write(&target, text).unwrap();
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o400);
            fs::set_permissions(&target, private).unwrap();
            if !given.paths.contains(&parent) {
                given.paths.push(parent);
            }
        }
        given.paths.sort();
        given
    }

    fn stage(&self) -> PathBuf {
        self.root.path().join(".stage")
    }

    fn below(&self, path: &Path) -> PathBuf {
        self.root.path().join(path.strip_prefix("/").unwrap())
    }

    fn mounts(&self, rights: Rights) -> Mounts {
        let files = |at: &PathBuf| Files { from: self.below(at), at: at.clone() };
        Mounts { rights, stage: self.stage(), files: self.paths.iter().map(files).collect() }
    }
}

/// The rights that this machine gives.
fn rights() -> Vec<Rights> {
    let given = Given::new(&[("/avocet-probe/file", "")]);
    let mut all = vec![Rights::Own, Rights::UserNamespace];
    all.retain(|rights| {
        let tried = launcher().try_out(&Launch::new("/").mounts(given.mounts(*rights)));
        tried.inspect_err(|why| eprintln!("{rights:?} is not tried: {why}")).is_ok()
    });
    all
}

#[test]
fn a_program_finds_its_files_wherever_they_are_to_be() {
    let given = Given::new(&[
        ("/avocet-a/deep/key", "at the root"),
        ("/etc/avocet-b/key", "beside others"),
        ("/mnt/key", "over a folder"),
        ("/mnt/inner/key", "inside of another"),
    ]);
    let script = "cat /avocet-a/deep/key; echo; cat /etc/avocet-b/key; echo; cat /mnt/key; echo; \
                  cat /mnt/inner/key; echo; stat -c %a /mnt/key; head -c 4 /etc/passwd; echo; \
                  { echo x > /mnt/new; } 2>/dev/null || echo refused";
    for rights in rights() {
        let seen = printed(&shell(script).mounts(given.mounts(rights)));
        let expected =
            "at the root\nbeside others\nover a folder\ninside of another\n400\nroot\nrefused\n";
        assert_eq!(seen, expected, "{rights:?}");
        assert!(!Path::new("/avocet-a").exists() && !Path::new("/etc/avocet-b").exists());
        assert_eq!(fs::read_dir(given.stage()).unwrap().count(), 0);
    }
}

#[test]
fn what_each_side_asks_for_applies_at_once() {
    let given = Given::new(&[("/avocet-a/key", "secret")]);
    let group = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().canonicalize().unwrap();
    for rights in rights() {
        let launch = shell("cat /avocet-a/key; pwd; echo $NAME; echo $$")
            .mounts(given.mounts(rights))
            .current_dir(&folder)
            .group(group.path())
            .env("NAME", "value");
        let joined = || fs::read_to_string(group.path().join("cgroup.procs")).unwrap();
        let expected = |pid| format!("secret{}\nvalue\n{pid}\n", folder.display());
        let seen = printed(&launch);
        assert_eq!(seen, expected(joined()), "{rights:?}");
    }
}

#[test]
fn without_a_folder_of_its_own_the_supervisors_is_kept_below_mounts() {
    let given = Given::new(&[("/avocet-a/key", "secret")]);
    for rights in rights() {
        let launch = shell("pwd -P").mounts(given.mounts(rights));
        assert_eq!(printed(&launch).trim(), std::env::current_dir().unwrap().to_str().unwrap());
    }
}

#[test]
fn files_that_cannot_be_mounted_are_an_error_and_the_program_does_not_run() {
    let given = Given::new(&[("/avocet-a/key", "secret")]);
    for rights in rights() {
        let mut mounts = given.mounts(rights);
        mounts.files[0].from = given.root.path().join("none");
        let (output, reports) = launched(&shell("echo ran").mounts(mounts));
        assert_eq!((output.status.code(), output.stdout), (Some(i32::from(REFUSED)), Vec::new()));
        let failure = reports.failure.unwrap();
        assert!(failure.contains("/avocet-a"), "{failure}");
    }
}
