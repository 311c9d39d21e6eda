// An error that a library made has no place of its own: it is shown where a listener threw it.
require("posix").stat("/nonesuch").addErrback(function (error) {
  if (error) throw error;
});
