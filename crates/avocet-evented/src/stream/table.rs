operations! {
    pub(crate) const TABLE;
    /// Bytes of the text, or -1 where the stream takes none.
    stream_write(id, text, encoding) = stream_write;
    /// Writes no more after what waits.
    stream_end(id) = stream_end;
    /// Drops what waits.
    stream_destroy(id) = stream_destroy;
    /// The hook `drain` is called in the next turn if nothing waits.
    stream_drain(id) = stream_drain;
    stream_pause(id, paused) = stream_pause;
    /// Sets the encoding of what is read.
    stream_encoding(id, encoding) = stream_encoding;
    /// Sets the time without reads and writes after which the stream is given up; 0 ms for never.
    stream_timeout(id, ms) = stream_timeout;
    stream_no_delay(id, on) = stream_no_delay;
    /// Number of the descriptor, or -1.
    stream_fd(id) = stream_fd;
}
