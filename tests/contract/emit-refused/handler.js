module.exports = {
  main: (event) => {
    const { path } = event.extensions.request;
    if (path === "/refuse") {
      event.extensions.response.status(429).send("not now");
      return;
    }
    return event.emitCloudEvent("t", "s", {}).catch((error) => ({ status: error.response.status, data: error.response.data }));
  },
};
