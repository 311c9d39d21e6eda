module.exports = {
  main: (event) => {
    if (event.extensions.request.path !== "/leak") return "small";
    const kept = [];
    for (;;) kept.push(new Array(1000).fill(kept.length));
  },
};
