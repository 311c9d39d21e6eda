module.exports = {
  main(event) {
    if (!event["ce-type"]) return "Run it now: avocet run-cron morning-report";
    console.log(`the report of ${event.data.report}, due at ${event["ce-time"]}`);
  },
};
