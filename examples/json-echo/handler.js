module.exports = {
  main: function (event, context) {
    const request = event.extensions.request;
    return { method: request.method, path: request.path, query: request.query, data: event.data };
  },
};
