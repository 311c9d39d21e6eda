"""Started by the supervisor with a socket as file descriptor 0; speaks frames over it."""

import os
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
# What the worker itself needs; the function's own packages come before it.
SITE = os.path.join(HERE, "site" if sys.version_info >= (3, 10) else "site-3.8")
sys.path[0:1] = [HERE, SITE]
# What functions of the newest generation have instead of some of that.
NEWEST = os.path.join(HERE, "site-314")

if not os.path.isdir(SITE):
    version = ".".join(map(str, sys.version_info[:2]))
    sys.exit(f"worker: its packages for Python {version} are not installed in {SITE}: run `scripts/setup`")

from avocet_guest.guest import Guest  # noqa: E402


def supervisor():
    """The socket, away from where programs that the function starts would find it: their input."""
    sock = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return sock


if __name__ == "__main__":
    sys.exit(Guest(supervisor(), NEWEST).serve())
