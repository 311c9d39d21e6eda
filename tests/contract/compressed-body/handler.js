// Sees a compressed body as if it had not been.
module.exports = {
  main: (event) => {
    const { headers } = event.extensions.request;
    const { "content-encoding": encoding = null, "content-length": length } = headers;
    return { data: event.data, encoding, length };
  },
};
