# Publishes to itself: what `/receive` got is told afterwards.
import datetime

import bottle

received = {}

EMITTED = {
    "object": lambda event: event.emitCloudEvent("order.created", "shop", {"total": 70}),
    "text": lambda event: event.emitCloudEvent("note", "desk", "read me"),
    "attributes": lambda event: event.emitCloudEvent(
        "t", "s", {"a": 1}, {"id": "7", "subject": "order/17", "traceid": "x9"}),
    "data": lambda event: event.emitCloudEvent("t", "s"),
    "old-publish": lambda event: event.publishCloudEvent(event.buildResponseCloudEvent("41", "answer", {"ok": True})),
}


def main(event, context):
    request = event["extensions"]["request"]
    if request.path == "/receive":
        received["attributes"] = {name[3:]: event[name] for name in event if name.startswith("ce-")}
        received["data"] = event.get("data")
        received["type"] = request.content_type.split(";")[0]
        received["traceparent"] = request.get_header("traceparent")
        return bottle.HTTPResponse(status=204)
    answer = EMITTED[request.query["case"]](event)
    attributes = received["attributes"]
    out = {
        "status": answer.status,
        "type": received["type"],
        "attributes": {
            **attributes,
            "id": attributes["id"] if len(attributes["id"]) < 36 else "fresh",
            "time": datetime.datetime.fromisoformat(attributes["time"].replace("Z", "+00:00")).timestamp() > 0,
        },
        "trace": received["traceparent"] and received["traceparent"].split("-")[1],
    }
    if received["data"] is not None:
        out["data"] = received["data"]
    return out
