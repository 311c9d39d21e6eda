// A nested run of the loop: other events happen meanwhile, and an inner wait inside an outer one.
setTimeout(() => console.log('meanwhile'), 5);
setTimeout(() => {
  console.log('inner begins');
  console.log('inner', test.wait(test.sleep(30)));
}, 10);
console.log('outer', test.wait(test.sleep(20)));
try {
  test.wait(new Promise(() => {}));
} catch (error) {
  console.log(error.message);
}
