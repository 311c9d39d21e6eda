module.exports = { main: (event, context) => "loaded" };
