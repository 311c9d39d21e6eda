const thrown = {
  string: () => {
    throw "out of paper";
  },
  error: () => {
    throw new Error("secret detail");
  },
  "object": () => {
    throw { code: 7 };
  },
  undefined: () => {
    throw undefined;
  },
  "rejected-error": async () => {
    await null;
    throw new TypeError("secret detail, later");
  },
  "rejected-string": () => Promise.reject("no ink"),
  fine: () => "fine",
};

module.exports = {
  main: (event, context) => thrown[event.extensions.request.query.case](),
};
