module.exports = { main: (event) => String((event.extensions.request.get("x-long") ?? "").length) };
