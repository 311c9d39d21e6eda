operations! {
    pub(crate) const TABLE;
    /// Runs the loop; whether it came back because it was asked to.
    run_loop() = run_loop;
    /// The innermost loop comes back, or does not any more.
    unloop(wanted) = unloop;
}
