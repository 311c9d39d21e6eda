operations! {
    pub(crate) const TABLE;
    /// Number of a timer that is due in `after` ms and then every `repeat` ms, unless that is 0.
    timer_start(after, repeat, keeps_alive) = timer_start;
    timer_stop(timer) = timer_stop;
}
