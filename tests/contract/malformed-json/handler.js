module.exports = {
  main: (event) => {
    console.log("called");
    return event.data;
  },
};
