operations! {
    pub(crate) const TABLE;
    /// Asks for IPv4 (kind 0), IPv6 (1) or the name of an address (2); to the hook `done` go the
    /// code, the names and `[ttl, canonical name]`.
    dns_resolve(request, kind, text) = dns_resolve;
}
