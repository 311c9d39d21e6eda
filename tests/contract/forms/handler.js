// Nothing of a form is lost: every field counts, and lists stay lists.
module.exports = {
  main: ({ data }) => ({
    names: Object.keys(data).length,
    list: Array.isArray(data.a) ? data.a.length : data.a ?? null,
  }),
};
