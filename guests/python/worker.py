"""Started by the supervisor with a socket as file descriptor 0; speaks frames over it."""

import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from avocet_guest.guest import Guest  # noqa: E402


def supervisor():
    """The socket, away from where programs that the function starts would find it: their input."""
    sock = socket.socket(fileno=os.dup(0))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return sock


if __name__ == "__main__":
    sys.exit(Guest(supervisor()).serve())
