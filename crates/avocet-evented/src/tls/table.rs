operations! {
    pub(crate) const TABLE;
    /// A number for `tls_start`, or what is wrong; texts are PEM and may be empty.
    tls_prepare(server, trusted, revoked, key, certificate) = tls_prepare;
    /// Begins the handshake; text of a failure, if there is one.
    tls_start(id, prepared, host) = tls_start;
    /// 1, 0 or a negative number; undefined without TLS.
    tls_verify(id) = tls_verify;
    /// The peer's distinguished name; undefined without a certificate.
    tls_peer(id) = tls_peer;
}
