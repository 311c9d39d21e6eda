"""Functions of the newest generation: `main()` with Flask's `request`."""

import os
import sys

import flask
from werkzeug.exceptions import HTTPException

from . import event


class FlaskHandler:
    """Calls `main()` inside a request context of Flask; what it returns is what a view may return."""

    def __init__(self, main, wait):
        """`wait(awaitable)` gives its result."""
        self._main = main
        self._wait = wait
        self._app = flask.Flask("handler", static_folder=None, root_path=os.getcwd())
        # The platform has held the body to its limit: no field of a form is too much.
        self._app.config.update(MAX_FORM_MEMORY_SIZE=None, MAX_FORM_PARTS=None)

    def __call__(self, call):
        """(head, body) of the response; None where nothing was returned."""
        environ = event.environ(call.head, call.input())
        environ["wsgi.errors"] = sys.stderr
        environ["avocet.call"] = call
        if call.kind in ("json", "event"):
            event.build(call)  # what does not parse is refused as everywhere
        with self._app.request_context(environ):
            try:
                value = self._main()
                if hasattr(value, "__await__"):
                    value = self._wait(value)
                if value is None:
                    return None
                response = self._app.make_response(value)
            except HTTPException as error:
                response = self._app.make_response(error.get_response(environ))
            # Cookies of the session, and what the function wants done after its request.
            response = self._app.process_response(response)
            headers = [part for pair in response.get_wsgi_headers(environ).items() for part in pair]
            head = {"r": "response", "s": response.status_code, "h": headers}
            return head, response.iter_encoded() if response.is_streamed else response.get_data()
