"""What functions do that they should not: a defined answer, a line with the cause, and the worker goes on."""

import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from kit import Worker, frames  # noqa: E402

SOURCE = """
import os, subprocess, sys, threading
import bottle

def fail_later():
    yield "begun"
    raise ValueError("the source broke off")

def fork():
    child = os.fork()
    if child == 0:
        print("in the copy")
        return "the copy's answer is nobody's"
    os.waitpid(child, 0)
    return "forked"

def start_a_program():
    return subprocess.run(["cat"], stdout=subprocess.PIPE).stdout

CASES = {
    "/stream-fails": lambda: fail_later(),
    "/fork": fork,
    "/program": start_a_program,
    "/close": lambda: os.closerange(3, 4096),
    "/big": lambda: "x" * (50 * 1024 * 1024),
    "/redirect": lambda: bottle.redirect("/there"),
    "/request": lambda: bottle.request.path,
    "/thread": lambda: threading.Thread(target=lambda: 1 / 0).start(),
    "/no-stdout": lambda: setattr(sys, "stdout", None),
    "/closed-stderr": lambda: sys.stderr.close(),
    "/own-stdout": lambda: setattr(sys, "stdout", open(os.devnull, "rb", buffering=0)),
    "/values": lambda: iter([{"a": 1}, [2], 0, "", None, "text"]),
    "/fine": lambda: "fine",
}

def main(event, context):
    return CASES[event["extensions"]["request"].path]()
"""


class Bad(unittest.TestCase):
    def setUp(self):
        self.worker = Worker(SOURCE)
        self.addCleanup(self.worker.__exit__)

    def test_a_generator_that_fails(self):
        answer = self.worker.call(url="/stream-fails")
        self.assertEqual([answer["body"], answer["broken"]["kind"]], ["begun", "internal"])
        self.worker.log("the source broke off")

    def test_a_fork_answers_nobody(self):
        self.assertEqual(self.worker.call(url="/fork")["body"], "forked")
        self.assertEqual(self.worker.call(url="/fine")["body"], "fine")
        self.assertEqual([f.call for f in self.worker.seen if f.kind == frames.RESPOND], [])

    def test_programs_do_not_read_the_supervisors_socket(self):
        number = self.worker.invoke(url="/program")
        self.assertEqual(self.worker.call(url="/fine")["body"], "fine")
        self.assertEqual(self.worker.answer(number)["body"], "")

    def test_closing_every_descriptor_ends_the_process(self):
        self.worker.invoke(url="/close")
        self.worker.child.wait(30)

    def test_a_generator_of_values(self):
        self.assertEqual(self.worker.call(url="/values")["body"], '{"a": 1}\n[2]\n0\ntext')

    def test_streams_that_the_function_takes_away(self):
        for path in ("/no-stdout", "/closed-stderr", "/own-stdout", "/fine"):
            with self.subTest(path):
                self.assertIn(self.worker.call(url=path)["r"], ("none", "text"))

    def test_a_large_string(self):
        self.assertEqual(len(self.worker.call(url="/big")["body"]), 50 * 1024 * 1024)

    def test_bottles_globals(self):
        answer = self.worker.call(url="/redirect", headers=["host", "h"])
        self.assertEqual([answer["s"], "http://h/there" in answer["h"]], [303, True])
        self.assertEqual(self.worker.call(url="/request")["body"], "/request")

    def test_an_exception_in_a_thread_of_its_own(self):
        self.worker.call(url="/thread")
        self.assertEqual(self.worker.log("ZeroDivisionError")["level"], "error")


class LastWords(unittest.TestCase):
    def test_what_is_printed_before_the_process_ends(self):
        for end in ("while True: pass", "os._exit(3)", "os.abort()", "os.kill(os.getpid(), 9)"):
            with self.subTest(end):
                half = "" if end.startswith("while") else "print('half a line', end='')"
                source = f"import os\ndef main(event, context):\n    print('last words')\n    {half}\n    {end}\n"
                with Worker(source) as worker:
                    worker.invoke()
                    self.assertEqual(worker.log("last words")["level"], "info")
                    if half:
                        worker.log("half a line")

    def test_a_flood_is_bounded_and_says_what_is_missing(self):
        source = """
def main(event, context):
    for _ in range(8000 if event["extensions"]["request"].path == "/flood" else 0):
        print("x" * 2000)
    return "done"
"""
        with Worker(source) as worker:
            self.assertEqual(worker.call(url="/flood")["body"], "done")
            lines = [f.body.decode() for f in worker.seen if f.kind == frames.LOG]
            told = sum(int(line.split()[0]) for line in lines if "were dropped" in line)
            self.assertEqual(sum(line.startswith("xxx") for line in lines) + told, 8000)


if __name__ == "__main__":
    unittest.main()
