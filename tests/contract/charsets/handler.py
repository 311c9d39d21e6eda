# Texts and forms arrive in UTF-8, whatever charset they were sent in.
def main(event, context):
    request = event["extensions"]["request"]
    if "part" in request.query:
        return {"part": request.forms.n}
    data = event["data"] if "data" in event else None
    return {"data": data, "type": request.content_type, "length": str(request.content_length)}
