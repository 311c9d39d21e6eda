setTimeout(function () {
  throw "just text";
}, 0);
