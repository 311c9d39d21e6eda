promise.addErrback(function(e) {
  if (e instanceof Error && e.message === "timeout") {
    // handle timeout
  } else {
    // handle regular error
  }
});
