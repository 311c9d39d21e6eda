// Texts and forms arrive in UTF-8, whatever charset they were sent in.
module.exports = {
  main: (event) => {
    const { request } = event.extensions;
    return { data: event.data ?? null, type: request.headers["content-type"], length: request.headers["content-length"] };
  },
};
