module.exports = { main: (event, context) => context };
