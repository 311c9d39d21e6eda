"""CloudEvents 1.0 as plain dictionaries."""

import base64
import datetime
import json
import uuid


def build(type_, source, data=None, attributes=None):
    """A CloudEvent ready for the structured mode: fresh id and time unless given."""
    for name, value in (("type", type_), ("source", source)):
        if not isinstance(value, str) or not value:
            raise TypeError(f"emitCloudEvent: {name} must be a string that is not empty")
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds")
    event = {
        "specversion": "1.0", "id": str(uuid.uuid4()), "time": now.replace("+00:00", "Z"),
        "type": type_, "source": source,
    }
    event.update({k: v for k, v in (attributes or {}).items() if v is not None})
    if isinstance(data, (bytes, bytearray)):
        event.setdefault("datacontenttype", "application/octet-stream")
        event["data_base64"] = base64.b64encode(data).decode()
    elif data is not None:
        event.setdefault("datacontenttype", "text/plain" if isinstance(data, str) else "application/json")
        event["data"] = data
    return event


def data_of(envelope):
    """The data of a structured event as functions get it; raises ValueError where it is malformed."""
    encoded = envelope.get("data_base64")
    if encoded is None:
        return envelope.get("data")
    raw = base64.b64decode(encoded, validate=True)
    kind = str(envelope.get("datacontenttype", "")).split(";")[0].strip().lower()
    if kind == "application/json" or kind.endswith("+json"):
        return json.loads(raw)
    return raw.decode("utf-8") if kind.startswith("text/") else raw
