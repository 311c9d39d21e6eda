operations! {
    pub(crate) const TABLE;
    /// 0 where there is no terminal to read lines from, 1 where there is, 2 where it shows colours.
    line_start() = line_start;
    /// A line comes to the hook `line`; undefined is one that was discarded, null the end.
    line_ask(prompt) = line_ask;
    /// The names that what stands before the cursor can become; `begun` is the part of it that they
    /// complete.
    line_offer(begun, names) = line_offer;
    /// No more lines are wanted.
    line_end() = line_end;
}
