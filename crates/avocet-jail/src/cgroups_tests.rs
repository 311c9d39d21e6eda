use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::*;

/// A machine made of files.
struct Machine(tempfile::TempDir);

impl Machine {
    fn new(files: &[(&str, &str)]) -> Self {
        let machine = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            machine.put(path, text);
        }
        // This process is alive in it.
        machine.put(&format!("proc/{}/stat", own_pid()), "");
        machine
    }

    fn put(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.0.path().join(path)).unwrap()
    }

    fn has(&self, path: &str) -> bool {
        self.0.path().join(path).exists()
    }

    fn detect(&self) -> Cgroups {
        Cgroups::detect(self.0.path())
    }
}

const SERVICE: &str = "sys/fs/cgroup/system.slice/avocet.service";

fn service(controllers: &str) -> Machine {
    let machine = Machine::new(&[
        ("proc/self/cgroup", "0::/system.slice/avocet.service\n"),
        ("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n"),
    ]);
    machine.put(&format!("{SERVICE}/cgroup.controllers"), controllers);
    machine
}

#[test]
fn a_delegated_group_holds_memory_and_processor() {
    let machine = service("cpu memory pids\n");
    let cgroups = machine.detect();
    assert!(cgroups.hold_memory() && cgroups.hold_cpu());
    let own = format!("{SERVICE}/avocet-{}-supervisor/cgroup.procs", own_pid());
    assert_eq!(machine.read(&own), own_pid().to_string());
    assert_eq!(machine.read(&format!("{SERVICE}/cgroup.subtree_control")), "+memory +cpu");
    let group = cgroups.group().unwrap().expect("a group");
    group.limit(256 << 20, Some(150)).unwrap();
    let file = |name: &str| machine.read(&format!("{SERVICE}/avocet-{}-0/{name}", own_pid()));
    assert_eq!(file("memory.max"), ((256 << 20) + MEMORY_SLACK).to_string());
    assert_eq!((file("memory.oom.group"), file("memory.swap.max")), ("1".into(), "0".into()));
    assert_eq!(file("cpu.max"), "15000 100000");
    assert!(!group.ran_out_of_memory());
    fs::write(group.folder.join("memory.events"), "max 12\noom 1\noom_kill 1\n").unwrap();
    assert!(group.ran_out_of_memory());
    let (memory, cpu) = cgroups.describe();
    assert!(memory.is_some_and(|memory| memory.contains("v2") && memory.contains(SERVICE)));
    assert!(cpu.contains("v2"), "{cpu}");
}

#[test]
fn limits_are_left_out_where_there_are_none_and_never_keep_an_interpreter_from_starting() {
    let machine = service("cpu memory");
    let cgroups = machine.detect();
    let group = cgroups.group().unwrap().expect("a group");
    group.limit(u64::MAX, None).unwrap();
    assert!(!group.folder.join("memory.max").exists() && !group.folder.join("cpu.max").exists());
    group.limit(32 << 20, Some(1)).unwrap();
    let file = |name: &str| fs::read_to_string(group.folder.join(name)).unwrap();
    assert_eq!(file("memory.max"), LEAST_MEMORY.to_string());
    assert_eq!(file("cpu.max"), "1000 100000");
}

#[test]
fn one_controller_alone_is_used_and_the_other_is_told() {
    let machine = service("memory");
    let cgroups = machine.detect();
    assert!(cgroups.hold_memory() && !cgroups.hold_cpu());
    assert_eq!(machine.read(&format!("{SERVICE}/cgroup.subtree_control")), "+memory");
    let group = cgroups.group().unwrap().expect("a group");
    group.limit(256 << 20, Some(150)).unwrap();
    assert!(!group.folder.join("cpu.max").exists());
    assert_eq!(cgroups.describe().1, "not enforced: the controller cpu is not delegated");
}

#[test]
fn children_move_with_the_supervisor_and_strangers_stay() {
    let machine = service("cpu memory");
    let own = own_pid();
    machine.put("proc/20/stat", &format!("20 (odd) name) S {own} 20 20"));
    machine.put("proc/30/stat", "30 (stranger) S 1 30 30");
    machine.put(&format!("{SERVICE}/cgroup.procs"), &format!("{own}\n20\n30\n"));
    let found = family(machine.0.path(), &machine.0.path().join(SERVICE));
    assert_eq!(found, ["20".to_owned(), own.to_string()]);
}

#[test]
fn a_group_that_cannot_be_shared_is_left_as_it_was() {
    let machine = service("cpu memory");
    // As if the system refused: what is to be written is a folder.
    fs::create_dir(machine.0.path().join(SERVICE).join("cgroup.subtree_control")).unwrap();
    let cgroups = machine.detect();
    assert!(!cgroups.hold_memory() && !cgroups.hold_cpu());
    assert!(
        !machine.has(&format!("{SERVICE}/avocet-{}-supervisor/cgroup.subtree_control", own_pid()))
    );
    assert_eq!(machine.read(&format!("{SERVICE}/cgroup.procs")), own_pid().to_string());
    assert!(cgroups.describe().1.starts_with("not enforced: "));
    assert!(cgroups.group().unwrap().is_none());
}

#[test]
fn the_first_version_holds_the_processor_alone() {
    let machine = Machine::new(&[
        ("proc/self/cgroup", "4:memory:/a\n2:cpu,cpuacct:/\n0::/\n"),
        ("sys/fs/cgroup/unified/cgroup.controllers", "hugetlb\n"),
        ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
    ]);
    let cgroups = machine.detect();
    assert!(!cgroups.hold_memory() && cgroups.hold_cpu());
    let group = cgroups.group().unwrap().expect("a group");
    group.limit(256 << 20, Some(400)).unwrap();
    let file = |name: &str| fs::read_to_string(group.folder.join(name)).unwrap();
    assert_eq!(
        (file("cpu.cfs_period_us"), file("cpu.cfs_quota_us")),
        ("100000".into(), "40000".into())
    );
    assert!(!group.folder.join("memory.max").exists());
}

#[test]
fn a_machine_without_control_groups_is_told_why() {
    let nothing = Machine::new(&[]).detect();
    assert!(nothing.describe().1.contains("/proc/self/cgroup"), "{:?}", nothing.describe());
    let other = Machine::new(&[("proc/self/cgroup", "1:pids:/\n")]).detect();
    assert_eq!(other.describe(), (None, "not enforced: there are no control groups".to_owned()));
}

#[test]
fn groups_of_supervisors_that_are_gone_are_removed() {
    let machine = service("cpu memory");
    let folder = |name: &str| machine.0.path().join(SERVICE).join(name);
    for name in ["avocet-999999999-3", "avocet-x-1", "other"] {
        fs::create_dir(folder(name)).unwrap();
    }
    machine.detect();
    let left = ["avocet-999999999-3", "avocet-x-1", "other"].map(|name| folder(name).exists());
    assert_eq!(left, [false, true, true]);
}

/// Ends with the test.
struct Busy(Child);

impl Drop for Busy {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// On this machine itself, where it lets the test do so.
#[test]
fn a_busy_process_is_held_to_its_share() {
    let cgroups = Cgroups::of_system();
    if !cgroups.hold_cpu() {
        eprintln!("not tried: {}", cgroups.describe().1);
        return;
    }
    let group = cgroups.group().unwrap().expect("a group");
    let busy = Command::new("sh").args(["-c", "while :; do :; done"]).stdin(Stdio::null()).spawn();
    let busy = Busy(busy.unwrap());
    fs::write(group.folder().join("cgroup.procs"), busy.0.id().to_string()).unwrap();
    group.limit(u64::MAX, Some(50)).unwrap();
    let throttled = || {
        let stat = fs::read_to_string(group.folder().join("cpu.stat")).unwrap();
        let count = stat.lines().find_map(|line| line.strip_prefix("nr_throttled "));
        count.is_some_and(|count| count != "0")
    };
    until("it is throttled", throttled);
    drop(busy);
    until("it is removed", || group.remove());
    assert!(!group.folder().exists());
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < patience, "{what}");
        std::thread::yield_now();
    }
}
