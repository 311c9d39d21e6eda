operations! {
    pub(crate) const TABLE;
    /// From now on messages are read from a stream: requests, or responses.
    http_read(id, responses) = http_read;
    /// The next response has no body.
    http_bodiless(id) = http_bodiless;
}
