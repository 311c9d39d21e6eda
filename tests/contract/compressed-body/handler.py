# Sees a compressed body as if it had not been.
def main(event, context):
    headers = event["extensions"]["request"].headers
    return {
        "data": event["data"],
        "encoding": headers.get("Content-Encoding"),
        "length": headers.get("Content-Length"),
    }
