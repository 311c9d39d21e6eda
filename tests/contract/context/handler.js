"use strict";

module.exports = {
  main: (event, context) => {
    const given = JSON.stringify(context);
    context.mine = true;
    context.timeout = 1;
    return given;
  },
};
