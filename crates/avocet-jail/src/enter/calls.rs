//! System calls that the program is not to make: what changes the machine, looks into other
//! processes, or has been a way out of jails and is needed by no interpreter.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};

use super::Failure;

/// Calls that are refused with `EPERM`, whatever their arguments.
const REFUSED: [libc::c_long; 47] = [
    // Mounts, roots and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_unshare,
    libc::SYS_setns,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    // Keys, and parts of the kernel that run programs or have memory of their own.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // The machine.
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_vhangup,
    libc::SYS_fanotify_init,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
];

/// Families of sockets that reach past the machine's network: frames, keys, hypervisors, the
/// kernel's own ciphers.
const FAMILIES: [libc::c_int; 4] = [libc::AF_PACKET, libc::AF_KEY, libc::AF_VSOCK, libc::AF_ALG];

/// Namespaces that a new process could be in.
const NAMESPACES: [libc::c_int; 7] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Bit of a call's number that names a second set of the same calls on x86-64.
const X32: i64 = 0x4000_0000;

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Refuses these calls from here on, to this process and all that it starts.
pub(super) fn refuse() -> Result<(), Failure> {
    let failed = |error: seccompiler::Error| Failure(format!("cannot filter calls: {error}"));
    let rules = rules().map_err(|error| failed(error.into()))?;
    apply(rules, libc::EPERM).map_err(failed)?;
    // Its flags are in memory, where a filter does not see them; libraries then take `clone`.
    apply(with_x32([(libc::SYS_clone3, Vec::new())].into()), libc::ENOSYS).map_err(failed)
}

fn rules() -> Result<Rules, seccompiler::BackendError> {
    let mut rules: Rules = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    let word = SeccompCmpArgLen::Dword;
    let mut families = Vec::new();
    for family in FAMILIES {
        let same = SeccompCondition::new(0, word.clone(), SeccompCmpOp::Eq, unsigned(family))?;
        families.push(SeccompRule::new(vec![same])?);
    }
    rules.insert(libc::SYS_socket, families);
    let mut namespaces = Vec::new();
    for namespace in NAMESPACES {
        let flag = unsigned(namespace);
        let asked = SeccompCondition::new(0, word.clone(), SeccompCmpOp::MaskedEq(flag), flag)?;
        namespaces.push(SeccompRule::new(vec![asked])?);
    }
    rules.insert(libc::SYS_clone, namespaces);
    Ok(with_x32(rules))
}

/// The same rules for the second set of calls, where there is one.
fn with_x32(mut rules: Rules) -> Rules {
    if cfg!(target_arch = "x86_64") {
        let second: Vec<_> =
            rules.iter().map(|(call, rules)| (call | X32, rules.clone())).collect();
        rules.extend(second);
    }
    rules
}

fn unsigned(value: libc::c_int) -> u64 {
    u64::from(value.cast_unsigned())
}

fn apply(rules: Rules, errno: libc::c_int) -> Result<(), seccompiler::Error> {
    let action = SeccompAction::Errno(errno.cast_unsigned());
    let architecture = std::env::consts::ARCH.try_into()?;
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, action, architecture)?;
    let program: BpfProgram = filter.try_into()?;
    apply_filter(&program)
}
