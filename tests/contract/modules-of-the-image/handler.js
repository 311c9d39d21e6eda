// Packages that a cluster's image has beside a function are there without being declared.
const { SpanStatusCode } = require("@opentelemetry/api");
const axios = require("axios");
const { CloudEvent } = require("cloudevents");
const express = require("express");

module.exports = {
  main: (event) => {
    const span = event.tracer.startSpan("work");
    span.setStatus({ code: SpanStatusCode.OK });
    span.end();
    const made = new CloudEvent({ type: "t", source: "/s" });
    return [typeof axios.get, typeof express(), made.specversion, SpanStatusCode.OK];
  },
};
