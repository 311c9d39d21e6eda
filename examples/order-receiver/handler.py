from bottle import HTTPResponse

last = {}


def main(event, context):
    if "ce-type" not in event:
        return last
    order = event["data"]
    print(f"{event['ce-type']} from {event['ce-source']}: order {order['id']}")
    last.update(type=event["ce-type"], source=event["ce-source"], order=order)
    return HTTPResponse(status=204)
