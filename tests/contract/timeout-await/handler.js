const done = {
  "/never": () => new Promise(() => {}),
  // Something is left that might call it.
  "/forgotten": () => void setInterval(() => {}, 60_000),
  "/": () => "quick",
};

module.exports = {
  main: (event, context, callback) => done[event.extensions.request.path](),
};
