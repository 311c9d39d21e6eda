// What stands in a query as it is, and is not encoded.
module.exports = {
  main: (event) => {
    const { url, originalUrl, query } = event.extensions.request;
    return { url, originalUrl, query };
  },
};
