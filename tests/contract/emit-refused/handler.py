import bottle


def main(event, context):
    if event["extensions"]["request"].path == "/refuse":
        return bottle.HTTPResponse(status=429, body="not now")
    try:
        event.emitCloudEvent("t", "s", {})
    except Exception as error:
        return {"status": error.response.status_code, "data": error.response.text}
