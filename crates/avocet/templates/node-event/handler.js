// Called for each request and each event. What it returns is the answer: a string is sent as
// text, an object as JSON, nothing as an empty body.
module.exports = {
  main: async function (event, context) {
    const name = event.data?.name ?? event.extensions.request.query.name ?? "world";
    console.log(`greeting ${name}`);
    return { message: `Hello, ${name}!`, from: context["function-name"] };
  },
};
