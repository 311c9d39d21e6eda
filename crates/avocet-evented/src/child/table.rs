operations! {
    pub(crate) const TABLE;
    /// `[pid, child, stdin, stdout, stderr]` as numbers, or minus the error number.
    spawn(file, arguments, names, values) = spawn;
}
