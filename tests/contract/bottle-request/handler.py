# bottle's request, and that it can be pickled.
import pickle

SHOWN = {
    "basics": lambda r: {
        "method": r.method, "path": r.path, "query": dict(r.query), "all": r.query.getall("y"),
        "host": r.urlparts.hostname, "ip": r.remote_addr, "length": r.content_length,
    },
    "headers": lambda r: {"get": r.get_header("X-Sent"), "item": r.headers["x-sent"], "missing": r.headers.get("x-missing")},
    "json": lambda r: {"json": r.json, "type": r.content_type},
    "forms": lambda r: {"forms": dict(r.forms)},
    "body": lambda r: {"body": r.body.read().decode(), "again": r.body.read().decode()},
    "files": lambda r: {"name": r.forms.name, "file": r.files.f.filename, "text": r.files.f.file.read().decode()},
    "cookies": lambda r: {"a": r.get_cookie("a")},
}


def main(event, context):
    request = event["extensions"]["request"]
    show = SHOWN[request.get_header("x-case")]
    if request.get_header("x-pickle"):
        request = pickle.loads(pickle.dumps(event))["extensions"]["request"]
    return show(request)
