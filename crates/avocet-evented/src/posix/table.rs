// Each call is made at once where `request` is null, and returns `[errno, text]` or
// `[0, value, count]`; else that goes to the hook `done`.
operations! {
    pub(crate) const TABLE;
    posix_rename(request, from, to) = posix_rename;
    posix_unlink(request, path) = posix_unlink;
    posix_rmdir(request, path) = posix_rmdir;
    posix_mkdir(request, path, bits) = posix_mkdir;
    posix_open(request, path, flags, bits) = posix_open;
    posix_close(request, fd) = posix_close;
    posix_read(request, fd, length, at, encoding) = posix_read;
    posix_write(request, fd, text, at, encoding) = posix_write;
    posix_sendfile(request, to, from, at, length) = posix_sendfile;
    posix_readdir(request, path) = posix_readdir;
    posix_stat(request, path) = posix_stat;
    posix_lstat(request, path) = posix_lstat;
    posix_cat(request, path, encoding) = posix_cat;
}
