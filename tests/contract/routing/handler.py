def main(event, context):
    request = event["extensions"]["request"]
    query = "?" + request.query_string if request.query_string else ""
    mount, whole = request.environ["SCRIPT_NAME"], request.environ["REQUEST_URI"]
    return {
        "url": request.path + query,
        "original": whole.startswith(mount + "/") and mount.endswith("routing") == (mount != ""),
        "hostname": request.urlparts.hostname,
    }
