module.exports = {
  main(event) {
    if (!event["ce-type"]) return "Emit a refund: avocet emit shop.refund.asked.v1 -d '{\"order\":{\"total\":70}}'";
    // The mistake: what is sent is `order`.
    console.log(`refund of ${event.data.oder.total}`);
  },
};
