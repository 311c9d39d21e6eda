# Header values and queries are the bytes that came, as WSGI has them: bottle reads them as UTF-8.
def main(event, context):
    request = event["extensions"]["request"]
    everything = dict(request.headers)
    return {
        "get": request.get_header("X-User"),
        "all": everything["X-User"],
        "wsgi": request.environ["HTTP_X_USER"],
        "raw": request.headers.raw("x-user"),
        "query": request.query.getunicode("q"),
        "fields": event.ceHeaders["extensions"]["request"] is request,
        "seen": "X-User" in str(vars(event["extensions"]["request"].headers)).title().replace("_", "-"),
    }
