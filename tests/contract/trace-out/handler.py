# Calls itself: `/echo` tells what of a trace arrived.
import http.client
import json
import os
import urllib.parse
import urllib.request


def via_urllib(url):
    with urllib.request.urlopen(url) as answer:
        return json.load(answer)


def via_http(url):
    parts = urllib.parse.urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    connection.request("GET", parts.path)
    answer = json.load(connection.getresponse())
    connection.close()
    return answer


def main(event, context):
    request = event["extensions"]["request"]
    header = request.get_header
    if request.path == "/echo":
        return {
            "w3c": header("traceparent")[:35], "b3": header("x-b3-traceid"), "sampled": header("x-b3-sampled"),
            "state": header("tracestate"), "baggage": header("baggage"),
        }
    return (via_http if request.query["by"] == "http" else via_urllib)(os.environ["SELF"])
