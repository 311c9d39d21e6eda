module.exports = {
  main: () => {
    console.log("Hello");
    console.log("two", "words", 3, { a: [1, 2] });
    console.log("%s is %d", "answer", 42);
    console.info("informed");
    console.debug("details");
    console.warn("careful");
    console.error("broken");
    console.log("first line\nsecond line");
  },
};
