"""Names that functions have on a cluster (`back.default.svc.cluster.local`, `back.default`, `back`):
connections to them, whatever library makes them, go to the platform's own listener, which knows the
function behind a name."""

import re
import socket

_PORTS = (80, 8080, "80", "8080", "http")
_LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.({_LABEL}))?(\.svc(?:\.cluster\.local)?)?\.?", re.IGNORECASE)


def is_of_cluster(name, namespace):
    """"yes", "no", or "perhaps", where a network may know it too."""
    found = _NAME.fullmatch(name)
    if found is None or name == "localhost":
        return "no"
    second, service = found[1], found[2]
    if second is not None and (service or second.lower() in (namespace, "default", "kyma-system")):
        return "yes"
    return "no" if service or second == "svc" else "perhaps"


def reach(address, namespace):
    """Once per process. `address`: host and port of the listener for the function's namespace."""
    host, _, port = address.rpartition(":")
    resolve, connect, connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex

    def kind(name, service):
        if isinstance(name, (bytes, bytearray)):
            name = bytes(name).decode("latin-1")
        return is_of_cluster(name, namespace) if isinstance(name, str) and service in _PORTS else "no"

    def getaddrinfo(name, service, family=0, type=0, proto=0, flags=0):  # noqa: A002 as it is called
        found = kind(name, service)
        if found != "yes":
            try:
                return resolve(name, service, family, type, proto, flags)
            except socket.gaierror:
                if found == "no":
                    raise
        return resolve(host, int(port), socket.AF_INET, type, proto)

    def directed(address):
        if isinstance(address, tuple) and len(address) == 2 and kind(*address) != "no":
            return getaddrinfo(*address, type=socket.SOCK_STREAM)[0][4][:2]
        return address

    socket.getaddrinfo = getaddrinfo
    socket.socket.connect = lambda self, address: connect(self, directed(address))
    socket.socket.connect_ex = lambda self, address: connect_ex(self, directed(address))
