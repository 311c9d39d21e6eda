# A function reaches functions by the names that they have on a cluster, itself among them, with
# whatever library, and in its trace.
import http.client
import os
import socket
import urllib.error
import urllib.request

import requests

NAME = os.environ["FUNC_NAME"]
NAMES = [f"{NAME}.default.svc.cluster.local", f"{NAME}.default.svc:80", f"{NAME}.default:8080", NAME]


def by_http(name):
    connection = http.client.HTTPConnection(name)
    connection.request("GET", "/x")
    return connection.getresponse().read().decode()


def by_socket(name):
    name = name.split(":")[0]
    with socket.socket() as sock:
        sock.connect((name, 80))
        sock.sendall(f"GET /x HTTP/1.1\r\nhost: {name}\r\nconnection: close\r\n\r\n".encode())
        text = b"".join(iter(lambda: sock.recv(4096), b"")).decode()
    return text.split("\r\n\r\n")[1]


def opened(url):
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


WAYS = {
    "/fetch": lambda name: opened(f"http://{name}/x"),
    "/http": by_http,
    "/axios": lambda name: requests.get(f"http://{name}/x").text,
    "/socket": by_socket,
}


def main(event, context):
    request = event["extensions"]["request"]
    path = request.path
    if path == "/x":
        return "here"
    if path == "/trace":
        return request.get_header("traceparent").split("-")[1]
    if path == "/traced":
        return opened(f"http://{NAME}/trace")
    if path == "/missing":
        return requests.get("http://nobody.default/x").status_code
    return [WAYS[path](name) for name in NAMES]
