import sdk
from flask import jsonify, request


def main():
    """Returns what a view of Flask may return."""
    numbers = request.args.getlist("n", type=float)
    if not numbers:
        return f"{sdk.get_function_name()} wants numbers: ?n=1&n=2", 400
    return jsonify(count=len(numbers), mean=sum(numbers) / len(numbers))
