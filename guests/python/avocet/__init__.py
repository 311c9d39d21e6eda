"""Host services of the function: `kv`, `objects`, `messaging` and `http`.

Each call waits for its result; `avocet.aio` has the same calls for `await`.
"""

from avocet_guest.services import Headers, Http, KeyValue, Messaging, Objects, Response, ServiceError

kv = KeyValue()
objects = Objects()
messaging = Messaging()
http = Http()

__all__ = ["Headers", "Response", "ServiceError", "http", "kv", "messaging", "objects"]
