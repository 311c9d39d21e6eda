// The activity follows awaits, reactions and timers, also where several are interleaved.
async function work(number) {
  test.begin(number);
  await null;
  console.log(number, 'after await', test.activity());
  await test.sleep(number);
  console.log(number, 'after sleep', test.activity());
  await new Promise((resolve) => setTimeout(() => { console.log(number, 'in timer', test.activity()); resolve(); }, 10));
  console.log(number, 'after timer', test.activity());
}
work(3);
work(5);
