//! Rights of a program in a jail: what it can do, and what it cannot.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process, pidfd_open};

use crate::*;

/// A user that nobody is.
const NOBODY: u32 = 61_234;

fn jail(rights: Rights, stage: &Path) -> Jail {
    let visible = ["/usr", "/bin", "/lib", "/lib64", "/etc/alternatives", "/etc/passwd"];
    Jail {
        rights,
        stage: stage.to_owned(),
        visible: visible.into_iter().map(PathBuf::from).collect(),
        user: (rights == Rights::Own).then_some(NOBODY),
        tmp_bytes: 1 << 20,
        processes: 500,
    }
}

/// Runs a test once for each kind of rights that this machine gives.
fn with_each(test: impl Fn(Rights, &dyn Fn(&str) -> Launch)) {
    for rights in [Rights::Own, Rights::UserNamespace] {
        let stage = tempfile::tempdir().unwrap();
        let jail = jail(rights, stage.path());
        if let Err(why) = launcher().try_out(&Launch::new("/").jail(jail.clone())) {
            eprintln!("{rights:?} is not tried: {why}");
            continue;
        }
        test(rights, &|script| shell(script).jail(jail.clone()));
        assert_eq!(fs::read_dir(stage.path()).unwrap().count(), 0, "nothing is left outside");
    }
}

/// Output of the script; nothing was to be noted.
fn said(launch: &Launch) -> String {
    let (output, reports) = launched(launch);
    assert_eq!((reports.notes, reports.failure), (Vec::new(), None), "{output:?}");
    assert!(reports.process.is_some());
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_root_holds_what_is_visible_and_nothing_else() {
    with_each(|rights, shell| {
        let seen = said(&shell("ls -A / /etc | tr '\\n' ' '"));
        let expected = "/: bin dev etc lib lib64 proc tmp usr  /etc: alternatives passwd ";
        assert_eq!(seen, expected, "{rights:?}");
        let seen = said(&shell("ls -A /dev | tr '\\n' ' '"));
        assert_eq!(seen, "fd full null random shm stderr stdin stdout urandom zero ", "{rights:?}");
    });
}

#[test]
fn what_is_visible_below_tmp_is_seen_there_and_cannot_be_written() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("own"), "seen").unwrap();
    let path = folder.path().display();
    let script = format!(
        "cat {path}/own; {{ echo > {path}/own; }} 2>/dev/null; rm -rf {path} 2>/dev/null; cat {path}/own"
    );
    with_each(|rights, shell| {
        let mut launch = shell(&script);
        if let Some(jail) = &mut launch.jail {
            jail.visible.push(folder.path().to_owned());
        }
        assert_eq!(said(&launch), "seenseen", "{rights:?}");
    });
}

#[test]
fn only_tmp_can_be_written_and_has_an_end() {
    let script = "for place in / /usr /etc /etc/passwd /proc/sys/kernel/hostname /proc/sysrq-trigger /dev; do \
                    test -d $place && place=$place/new; \
                    { echo x > $place; } 2>/dev/null && echo wrote $place; \
                  done; \
                  echo x > /tmp/new && echo > /dev/null && echo made; \
                  dd if=/dev/zero of=/tmp/large bs=1M count=2 2>/dev/null || echo full";
    with_each(|rights, shell| assert_eq!(said(&shell(script)), "made\nfull\n", "{rights:?}"));
}

#[test]
fn it_sees_its_own_processes_only() {
    with_each(|rights, shell| {
        let seen = said(&shell("cd /proc; for p in [0-9]*; do readlink $p/exe; done; echo $$"));
        assert!(!seen.contains(&format!("\n{}\n", std::process::id())), "{seen}");
        assert!(seen.ends_with("\n2\n"), "{rights:?}: the launcher's first child is 1: {seen}");
        let seen = said(&shell("cd /proc; echo [0-9]*"));
        assert_eq!(seen, "1 2\n", "{rights:?}");
    });
}

#[test]
fn it_has_no_capability_and_no_way_to_one() {
    with_each(|rights, shell| {
        let seen = said(&shell("grep -E '^(Cap|NoNewPrivs|Uid|Gid|Groups)' /proc/self/status"));
        let value = |name: &str| {
            let line = seen.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim_start_matches(':').split_whitespace().collect::<Vec<_>>().join(" ")
        };
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert_eq!(value(set), "0000000000000000", "{rights:?} {set}");
        }
        assert_eq!(value("NoNewPrivs"), "1");
        if rights == Rights::Own {
            let expected = [NOBODY; 4].map(|user| user.to_string()).join(" ");
            assert_eq!(
                (value("Uid"), value("Gid"), value("Groups")),
                (expected.clone(), expected, String::new())
            );
        }
        let refused = "mount -t tmpfs x /tmp 2>/dev/null && echo mounted; \
                       unshare -m true 2>/dev/null && echo unshared; \
                       chroot /usr /bin/true 2>/dev/null && echo chroot; true";
        assert_eq!(said(&shell(refused)), "", "{rights:?}");
    });
}

#[test]
fn it_is_told_nothing_of_the_machines_memory_and_keys() {
    let script =
        "cat /proc/kcore /proc/keys 2>/dev/null | head -c 1; test -r /proc/meminfo && echo told";
    with_each(|rights, shell| assert_eq!(said(&shell(script)), "told\n", "{rights:?}"));
}

#[test]
fn calls_that_lead_out_are_refused() {
    let python = "/usr/bin/python3";
    if !Path::new(python).is_file() {
        eprintln!("not tried: there is no {python}");
        return;
    }
    // A namespace for a user needs no capability; neither does a socket of the kernel's ciphers.
    let script = "import ctypes, os, socket\n\
                  libc = ctypes.CDLL(None, use_errno=True)\n\
                  print(libc.unshare(0x10000000), ctypes.get_errno())\n\
                  print(libc.syscall(425, 1, None), ctypes.get_errno())\n\
                  print(libc.ptrace(0, 0, 0, 0), ctypes.get_errno())\n\
                  try: socket.socket(38, socket.SOCK_SEQPACKET)\n\
                  except OSError as error: print(error.errno)\n\
                  socket.socket().close()\n\
                  print(os.waitstatus_to_exitcode(os.system('true')))\n";
    with_each(|rights, shell| {
        let mut launch = shell("");
        launch.program = python.into();
        launch.args = ["-c", script].map(Into::into).to_vec();
        assert_eq!(said(&launch), "-1 1\n-1 1\n-1 1\n1\n0\n", "{rights:?}");
    });
}

#[test]
fn its_end_is_the_end_that_the_supervisor_sees() {
    with_each(|rights, shell| {
        for code in [0, 3, 77] {
            let (output, _) = launched(&shell(&format!("exit {code}")));
            assert_eq!(output.status.code(), Some(code), "{rights:?}");
        }
        for signal in [6, 9, 11, 15] {
            let (output, _) = launched(&shell(&format!("kill -{signal} $$")));
            assert_eq!(output.status.signal(), Some(signal), "{rights:?}");
        }
    });
}

#[test]
fn what_it_leaves_behind_ends_with_it() {
    let marker = format!("{}.{}", 86_400, std::process::id());
    let running = || {
        let all = fs::read_dir("/proc").unwrap().filter_map(|entry| Some(entry.ok()?.path()));
        let commands = all.filter_map(|path| fs::read_to_string(path.join("cmdline")).ok());
        commands.filter(|command| command.starts_with("sleep") && command.contains(&marker)).count()
    };
    with_each(|rights, shell| {
        let script = format!("setsid sleep {marker} > /dev/null 2>&1 < /dev/null & echo left");
        assert_eq!(said(&shell(&script)), "left\n");
        assert_eq!(running(), 0, "{rights:?}");
    });
}

#[test]
fn it_ends_with_its_launcher() {
    with_each(|rights, shell| {
        let launch = shell("echo ready; exec sleep 86400");
        let Prepared { mut command, socket: _socket, reports } =
            launcher().prepare(&launch).unwrap();
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        drop(command);
        let mut ready = [0; 6];
        child.stdout.take().unwrap().read_exact(&mut ready).unwrap();
        let mut bytes = Vec::new();
        File::from(reports).read_to_end(&mut bytes).unwrap();
        let program = Reports::read(&bytes).process.unwrap();
        let program = Pid::from_raw(program.cast_signed()).unwrap();
        let program = pidfd_open(program, PidfdFlags::empty()).unwrap();
        kill_process(Pid::from_child(&child), Signal::KILL).unwrap();
        child.wait().unwrap();
        let limit = Timespec { tv_sec: 60, tv_nsec: 0 };
        let ended = poll(&mut [PollFd::new(&program, PollFlags::IN)], Some(&limit));
        assert_eq!(ended, Ok(1), "{rights:?}");
    });
}

#[test]
fn its_files_are_at_their_paths_inside_of_its_walls() {
    let given = Given::new(&[
        ("/avocet-a/deep/key", "at the root"),
        ("/usr/avocet-b/key", "beside others"),
        ("/mnt/key", "where nothing else is"),
    ]);
    let script = "cat /avocet-a/deep/key; echo; cat /usr/avocet-b/key; echo; cat /mnt/key; echo; \
                  { echo x > /mnt/new; } 2>/dev/null || echo refused; \
                  grep CapBnd /proc/self/status; test -e /etc/shadow || echo hidden; \
                  ls -d /.outside 2>/dev/null; ls -A /.stage 2>/dev/null; true";
    with_each(|rights, shell| {
        let seen = said(&shell(script).mounts(given.mounts(rights)));
        let expected = "at the root\nbeside others\nwhere nothing else is\nrefused\n\
                        CapBnd:\t0000000000000000\nhidden\n";
        assert_eq!(seen, expected, "{rights:?}");
        assert!(!Path::new("/usr/avocet-b").exists());
    });
}

#[test]
fn processes_have_an_end() {
    with_each(|rights, shell| {
        let mut launch = shell("for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; echo all");
        if let Some(jail) = &mut launch.jail {
            jail.processes = 4;
        }
        let (output, _) = launched(&launch);
        let all = String::from_utf8_lossy(&output.stdout).contains("all");
        // Root is held to no number of processes; a jail gives its user where it can.
        let is_root = rights == Rights::UserNamespace && rustix::process::geteuid().is_root();
        assert!(!all || is_root, "{rights:?}: {output:?}");
    });
}
