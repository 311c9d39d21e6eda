// Without ?id= the caller gets status 400 and nothing else.
module.exports = {
  main: function (event, context) {
    if (event.extensions.request.query.id === undefined) {
      event.extensions.response.status(400);
      return;
    }
    return "42";
  },
};
