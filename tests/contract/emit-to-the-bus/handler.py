def main(event, context):
    request = event["extensions"]["request"]
    try:
        event.emitCloudEvent(request.query.get("type", "t"), "s", {})
    except Exception as error:
        response = getattr(error, "response", None)
        return {"message": str(error), "status": response and response.status_code}
    return "published"
