module.exports = { main: (event) => String(event.data.length) };
