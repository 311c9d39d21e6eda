"""Started by the supervisor with a socket as file descriptor 0; speaks frames over it."""

import os
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from avocet_guest.guest import Guest  # noqa: E402

if __name__ == "__main__":
    sys.exit(Guest(socket.socket(fileno=os.dup(0))).serve())
