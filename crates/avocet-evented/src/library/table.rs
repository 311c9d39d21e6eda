operations! {
    pub(crate) const TABLE;
}
