operations! {
    pub(crate) const TABLE;
    /// Number of the listener, or minus the error number; without a host, any address.
    tcp_listen(port, host, backlog) = tcp_listen;
    tcp_unlisten(id) = tcp_unlisten;
    /// Number of the stream, or minus the error number.
    tcp_connect(address, port) = tcp_connect;
    /// The address comes to the hook `done`.
    tcp_lookup(request, host) = tcp_lookup;
}
