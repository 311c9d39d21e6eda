operations! {
    pub(crate) const TABLE;
    /// Ends the process.
    exit(code) = exit;
    /// Prints the report of an error that nobody caught, and ends the process with status 1.
    fatal(error) = fatal;
    /// `[arguments, names, values, pid, executable]`.
    surroundings() = surroundings;
    /// The current folder; null where it is gone.
    cwd() = cwd;
    /// Text of a failure, if there is one.
    chdir(folder) = chdir;
    /// The old mask.
    umask(mask) = umask;
    /// Text of a failure, if there is one.
    kill(pid, signal) = kill;
    /// `[rss, vsize, heapTotal, heapUsed]` in bytes.
    memory() = memory;
    /// The completion value of a script.
    compile(source, origin) = compile;
}
