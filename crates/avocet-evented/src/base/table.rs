operations! {
    pub(crate) const TABLE;
    /// Result of the function; its exceptions keep their place.
    call(function, receiver, arguments) = call_function;
    /// Bytes of a text as UTF-8.
    byte_length(text) = byte_length;
    /// The C library's text for an error number.
    error_text(errno) = error_text;
    /// The hook `flush` is called at the end of this turn.
    flush_soon() = flush_soon;
}
