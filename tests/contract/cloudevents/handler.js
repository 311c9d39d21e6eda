// Answers with every attribute and the data.
module.exports = {
  main: (event) => {
    const attributes = {};
    for (const name of ["type", "source", "specversion", "id", "time", "eventtypeversion", "datacontenttype", "subject", "traceid"]) {
      if (event[`ce-${name}`] !== undefined) attributes[name] = event[`ce-${name}`];
    }
    const data = Buffer.isBuffer(event.data) ? { hex: event.data.toString("hex") } : event.data;
    return { attributes, data };
  },
};
