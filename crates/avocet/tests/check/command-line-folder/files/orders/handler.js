module.exports = { main: () => process.env.GREETING };
