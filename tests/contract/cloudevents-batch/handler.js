module.exports = {
  main: (event) => {
    console.log(`got ${event["ce-id"]} ${event.data.n}`);
  },
};
