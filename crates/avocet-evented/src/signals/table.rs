operations! {
    pub(crate) const TABLE;
    /// Whether a signal can be listened to; from now on it comes to the hook `signal`.
    signal_watch(number) = signal_watch;
}
