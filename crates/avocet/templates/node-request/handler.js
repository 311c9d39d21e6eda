const sdk = require("sdk");

// Called with Express's request and response for each request and each event. The answer is what
// is sent on `res`; the return value is ignored.
module.exports = {
  main: async function (req, res) {
    const name = req.body?.name ?? req.query.name ?? "world";
    console.log(`greeting ${name}`);
    res.json({ message: `Hello, ${name}!`, from: sdk.getFunctionName() });
  },
};
