const returned = {
  cycle: () => {
    const a = { name: "a" };
    a.self = a;
    return a;
  },
  bigint: () => ({ big: 1n }),
  throwing: () => ({
    toJSON() {
      throw new Error("will not be JSON");
    },
  }),
  sent: (response) => {
    const a = [];
    a.push(a);
    response.json(a);
  },
  function: () => () => "a function",
  fine: () => "fine",
};

module.exports = {
  main: (event) => returned[event.extensions.request.query.case](event.extensions.response),
};
