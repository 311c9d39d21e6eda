module.exports = { main: (event) => event.extensions.request.method };
