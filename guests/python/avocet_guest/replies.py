"""What becomes of a call's value or error: frames to the supervisor, whole or piece by piece."""

import json
import threading

from . import answer, bottled, event, frames, handler, logs
from .call import Credit

#: Bytes of a body that goes out in one frame; larger ones are streamed.
WHOLE = 4 * 1024 * 1024

#: Bytes of one piece of a streamed body.
PIECE = 64 * 1024

#: Values that say no content type of their own and are not awaited.
SIMPLE = frozenset((str, bytes, dict, list, int, float, bool, type(None)))

_PLAIN = {kind: json.dumps({"r": kind}).encode() for kind in ("none", "json", "bytes", "thrown", "throwntext")}
_PLAIN["text"] = json.dumps({"r": "text", "h": ["content-type", answer.TEXT_TYPE]}).encode()


def has_length(head):
    """Whether the function said how long the body is."""
    return any(name.lower() == "content-length" for name in head.get("h", ())[::2])


def _names_type(head):
    return any(name.lower() == "content-type" for name in head.get("h", ())[::2])


class Replies:
    """Answers the calls of one guest."""

    def __init__(self, guest):
        self._guest = guest

    def of(self, value):
        """(head, body) by the return table."""
        if type(value) is str:
            return (_PLAIN["text"], value.encode("utf-8", "surrogatepass")) if value else (_PLAIN["none"], b"")
        if type(value) in SIMPLE:
            kind, body = answer.plain(value)
            return _PLAIN[kind], body
        if answer.is_response(value):
            return answer.of_bottle(value)
        content_type = answer.with_content_type(value)
        if answer.comes_in_pieces(value):
            kind, body = "bytes", answer.pieces(value)
        elif hasattr(value, "__anext__"):
            kind, body = "bytes", answer.pieces_awaited(value, self._guest.loop.wait)
        else:
            kind, body = answer.plain(value)
        if content_type is None:
            return _PLAIN[kind], body
        return {"r": kind, "h": ["content-type", str(content_type)]}, body

    def of_view(self, made):
        """(head, body) of what the Flask form made; nothing, where it made nothing."""
        return made or (_PLAIN["none"], b"")

    def of_error(self, call, error):
        """(head, body) of what a handler raised."""
        guest = self._guest
        if isinstance(error, event.BadBody):
            call.status = 400
            return {"r": "failed", "e": {"kind": "bad-body", "message": str(error)}}, b""
        if answer.is_response(error):
            try:
                return answer.of_bottle(error)
            except Exception as broken:  # noqa: BLE001 its body cannot become one
                error = broken
        call.status = 500
        if isinstance(error, SystemExit):
            # The supervisor logs it with the call.
            message = f"the function left with exit code {error.code}"
            return {"r": "failed", "e": {"kind": "exited", "message": message}}, b""
        if not call.cancelled:
            guest.send_log(call, "error", handler.describe(error, guest.folder))
        return _PLAIN["thrown"], b""

    async def awaited(self, call, value):
        """Answers with what a coroutine gives."""
        try:
            head, body = self.of(await value)
        except BaseException as error:  # noqa: BLE001 SystemExit ends a call, not the loop
            head, body = self.of_error(call, error)
        if isinstance(body, bytes) and len(body) <= WHOLE:
            self.finish(call, head, body)
            self._guest.out.flush()
        else:
            # A stream waits for credit; the loop must not.
            threading.Thread(target=self.finish, args=(call, head, body), daemon=True).start()

    def finish(self, call, head, body):
        """Sends the answer."""
        guest = self._guest
        logs.flush_prints()
        if call.made_response is not None:
            head = bottled.with_global(call.made_response, head if type(head) is dict else json.loads(head))
        if type(head) is dict and "s" in head:
            call.status = head["s"]
        if call.cancelled or guest.is_copy:
            return
        if body == b"" and type(head) is dict and call.head["m"] == "HEAD" and has_length(head):
            # The length of what is not sent is told by answers whose body is not whole.
            guest.out.frame(frames.RESPOND, guest.function, call.number, {**head, "more": True})
            guest.out.frame(frames.END, guest.function, call.number, b"")
            guest.done(call)
        elif isinstance(body, bytes) and len(body) <= WHOLE:
            guest.out.frame(frames.RESPOND, guest.function, call.number, head, body)
            guest.done(call)
        else:
            self._stream(call, dict(json.loads(head) if isinstance(head, bytes) else head), body)

    def _stream(self, call, head, body):
        """Sends a body piece by piece, as fast as it is taken."""
        guest = self._guest
        call.credit = Credit(guest)
        if isinstance(body, bytes):
            head["h"] = [*head.get("h", ()), "content-length", str(len(body))]
            body = (body,)
        parts = iter(body)
        try:
            # A generator that fails before it gives anything is a call that failed.
            part = next(parts, b"")
        except BaseException as error:  # noqa: BLE001 the function's generator
            self.finish(call, *self.of_error(call, error))
            return
        if type(part) is answer.Text and head["r"] == "bytes" and not _names_type(head):
            head["h"] = [*head.get("h", ()), "content-type", answer.TEXT_TYPE]
        if not call.cancelled:
            guest.send(frames.RESPOND, call.number, {**head, "more": True})
        end = b""
        try:
            while part is not None:
                if not self._piece(call, part):
                    return
                part = next(parts, None)
        except BaseException as error:  # noqa: BLE001 the function's generator
            guest.send_log(call, "error", handler.describe(error, guest.folder))
            end = {"kind": "internal", "message": "the function failed while it streamed its answer"}
        finally:
            if hasattr(body, "close"):
                body.close()
        if not call.cancelled:
            guest.out.frame(frames.END, guest.function, call.number, end)
            guest.done(call)
            guest.out.flush()

    def _piece(self, call, part):
        """Sends it as credit allows; False where the caller is gone."""
        guest, at = self._guest, 0
        while at < len(part):
            count = call.credit.take(min(PIECE, len(part) - at))
            if not count:
                return False
            guest.out.frame(frames.RESPOND_CHUNK, guest.function, call.number, b"", part[at:at + count])
            guest.out.flush()
            at += count
        return True

    def fail(self, call, kind, message):
        """The platform's own answer for a call that could not run."""
        guest = self._guest
        head = {"r": "failed", "e": {"kind": kind, "message": message}}
        guest.out.frame(frames.RESPOND, guest.function, call.number, head)
