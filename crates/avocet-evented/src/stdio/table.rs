operations! {
    pub(crate) const TABLE;
    stdout_write(text, encoding) = stdout_write;
    /// Writes to standard error, now.
    stderr_write(text) = stderr_write;
    /// Number of the stream, or minus the error number.
    stdin_open(encoding) = stdin_open;
}
