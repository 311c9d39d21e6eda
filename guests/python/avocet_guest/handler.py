"""Loads the function's file and finds its handler."""

import importlib.util
import linecache
import os
import sys
import traceback


class HandlerNotFound(Exception):
    """The file is there and runs, but has no such function."""


def load(folder, entry, name):
    """The handler; raises whatever the file raises, SyntaxError included."""
    path = os.path.join(folder, entry)
    for place in (os.path.dirname(path), folder):
        if place not in sys.path:
            sys.path.insert(0, place)
    module_name = os.path.splitext(os.path.basename(entry))[0]
    spec = importlib.util.spec_from_file_location(module_name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    spec.loader.exec_module(module)
    handler = getattr(module, name, None)
    if callable(handler):
        return handler
    there = [n for n, v in vars(module).items() if callable(v) and getattr(v, "__module__", None) == module_name]
    shown = ", ".join(f"'{n}'" for n in there) or "no function"
    raise HandlerNotFound(f"{entry} has no function '{name}'; it has {shown}")


def source_error(error, folder):
    """What the supervisor is told: one line, the place, the source line, the traceback."""
    found = {"message": "".join(traceback.format_exception_only(type(error), error)[-1:]).strip()}
    if isinstance(error, HandlerNotFound):
        found["message"] = str(error)
        return found
    found["stack"] = describe(error, folder)
    place = None
    if isinstance(error, SyntaxError) and error.filename:
        place = (error.filename, error.lineno, error.offset, error.text)
    else:
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename.startswith(folder + os.sep):
                column = getattr(frame, "colno", None)
                place = (frame.filename, frame.lineno, column + 1 if column is not None else None, None)
    if place is not None:
        file, line, column, text = place
        found["file"] = os.path.relpath(file, folder) if file.startswith(folder) else file
        found.update({k: v for k, v in (("line", line), ("column", column)) if v})
        found["source_line"] = (text or linecache.getline(file, line or 0)).rstrip("\n")
    return found


def describe(error, folder):
    """The traceback from the function's own first frame on; where it has none, what is wrong."""
    tb = error.__traceback__
    while tb is not None and not tb.tb_frame.f_code.co_filename.startswith(folder + os.sep):
        tb = tb.tb_next
    if tb is None:
        lines = traceback.format_exception_only(type(error), error)
    else:
        lines = traceback.format_exception(type(error), error, tb)
    return "".join(lines).replace(folder + os.sep, "").rstrip("\n")
