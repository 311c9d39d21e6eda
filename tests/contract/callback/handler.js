const called = {
  body: (callback) => callback("from the callback"),
  status: (callback) => callback({ missing: true }, 404),
  headers: (callback) => callback("tea", 418, { "x-pot": "short", "content-type": "text/plain" }),
  later: (callback) => {
    setTimeout(() => callback("later", 202), 5);
    return new Promise(() => {});
  },
};

module.exports = {
  main: (event, context, callback) => called[event.extensions.request.query.case](callback),
};
