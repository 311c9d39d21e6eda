module.exports = {
  main: (event) => {
    const { query } = event.extensions.request;
    return event.emitCloudEvent(query.type ?? "t", "s", {}).then(
      () => "published",
      (error) => ({ message: error.message, status: error.response?.status ?? null }),
    );
  },
};
