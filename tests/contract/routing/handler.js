module.exports = {
  main: (event) => {
    const { url, originalUrl, hostname } = event.extensions.request;
    return { url, original: originalUrl.endsWith(url), hostname };
  },
};
