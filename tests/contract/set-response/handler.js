const set = {
  header: (event) => {
    event.setResponseHeader("X-One", "1");
    return "with a header";
  },
  type: (event) => {
    event.setResponseContentType("text/csv");
    return "a;b";
  },
  status: (event) => {
    event.setResponseStatus(201);
    return { made: true };
  },
  all: (event) => {
    event.setResponseStatus(203);
    event.setResponseHeader("x-two", "2");
    event.setResponseContentType("application/xml");
    return "<a/>";
  },
  "json-type": (event) => {
    event.setResponseContentType("application/problem+json");
    return { title: "no" };
  },
  "only-status": (event) => {
    event.extensions.response.status(400);
    return;
  },
  "status-and-text": (event) => {
    event.extensions.response.status(422);
    return "bad colour";
  },
  "then-throw": (event) => {
    event.setResponseStatus(202);
    throw new Error("after the status");
  },
  "no-content": (event) => {
    event.setResponseStatus(204);
  },
};

module.exports = { main: (event) => set[event.extensions.request.query.case](event) };
