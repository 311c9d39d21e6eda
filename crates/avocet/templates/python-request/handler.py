from flask import request

import sdk


def main():
    """Called for each request and each event, with Flask's `request` set. What it returns is the
    answer: a str is sent as text, a dict as JSON."""
    data = request.get_json(silent=True) or {}
    name = data.get("name") or request.args.get("name", "world")
    print(f"greeting {name}")
    return {"message": f"Hello, {name}!", "from": sdk.get_function_name()}
