import bottle


def main(event, context):
    request = event["extensions"]["request"]
    if request.path == "/own":
        return bottle.HTTPResponse(body="own", headers={"Access-Control-Allow-Origin": "https://shop.example.com"})
    if request.path == "/throw":
        raise Exception("no")
    return request.method
