module.exports = {
  main: () => ({ greeting: process.env.GREETING, missing: process.env.MISSING === undefined }),
};
