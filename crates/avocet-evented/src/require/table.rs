operations! {
    pub(crate) const TABLE;
    /// A function around the source of a module. A syntax error is thrown with its place.
    module_compile(source, file) = module_compile;
    /// Reason why an addon is not loaded, if it is not; what the addon itself throws is thrown.
    addon_load(file, target) = addon_load;
}
