// The function ends the response itself: what it returns is ignored.
const ended = {
  send: (res) => {
    res.status(404).send("Arg....");
  },
  "send-and-return": (res) => {
    res.send("sent");
    return "ignored";
  },
  json: (res) => res.status(201).json({ made: "here" }),
  end: (res) => res.end("ended"),
  "end-empty": (res) => res.status(202).end(),
  write: (res) => {
    res.set("content-type", "text/plain");
    res.write("one,");
    res.write("two,");
    res.end("three");
  },
  "write-later": async (res) => {
    res.write("begin ");
    await new Promise((resolve) => setTimeout(resolve, 5));
    res.end("end");
  },
  "send-status": (res) => res.sendStatus(404),
  redirect: (res) => res.redirect("/elsewhere"),
  "redirect-status": (res) => res.redirect(301, "https://example.com/"),
  cookie: (res) => {
    res.cookie("session", "a b", { httpOnly: true, path: "/shop" });
    res.cookie("theme", "dark");
    res.send("set");
  },
  type: (res) => res.type("html").send("<p>"),
  "type-short": (res) => res.type("json").send('{"text":"json"}'),
  "set-object": (res) => res.set({ "X-A": "1", "X-B": "2" }).send("both"),
  get: (res) => {
    res.set("X-Given", "yes");
    res.send(`${res.get("x-given")} ${res.headersSent}`);
  },
  "headers-sent": (res) => {
    res.send("first");
    return res.headersSent;
  },
  bytes: (res) => res.send(Buffer.from([0xca, 0xfe])),
  "then-throw": (res) => {
    res.send("already sent");
    throw new Error("too late to matter");
  },
  "end-later": (res) => {
    setTimeout(() => res.status(203).send("from a timer"), 5);
    return new Promise(() => {});
  },
};

module.exports = {
  main: (event) => ended[event.extensions.request.query.case](event.extensions.response),
};
