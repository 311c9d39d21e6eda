// Milliseconds from the publisher's clock to here; a call that is no event takes them away.
let taken = [];
exports.main = (event) => {
  if (event["ce-type"]) {
    taken.push(Date.now() - event.data.at);
    return;
  }
  const all = taken;
  taken = [];
  return all;
};
