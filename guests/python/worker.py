"""Started by the supervisor with a socket as file descriptor 0; speaks frames over it."""

import os
import socket
import sys


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    # What the worker itself needs; the function's own packages come before it.
    site = os.path.join(here, "site" if sys.version_info >= (3, 10) else "site-3.8")
    sys.path[0:1] = [here, site]
    if not os.path.isdir(site):
        version = ".".join(map(str, sys.version_info[:2]))
        sys.exit(f"worker: its packages for Python {version} are not installed in {site}: run `scripts/setup`")
    from avocet_guest.guest import Guest

    # What functions of the newest generation have instead of some of that.
    newest = os.path.join(here, "site-314") if sys.version_info >= (3, 10) else None
    sys.exit(Guest(supervisor(), newest).serve())


def supervisor():
    """The socket, away from where programs that the function starts would find it: their input."""
    sock = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return sock


# A process that the function starts by multiprocessing imports this file too, under another name.
if __name__ == "__main__":
    main()
