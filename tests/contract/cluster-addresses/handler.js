// A function reaches functions by the names that they have on a cluster, itself among them, with
// whatever library, and in its trace.
const http = require("node:http");
const net = require("node:net");
const axios = require("axios");

const NAME = process.env.FUNC_NAME;
const NAMES = [`${NAME}.default.svc.cluster.local`, `${NAME}.default.svc:80`, `${NAME}.default:8080`, NAME];

const byHttp = (url) => new Promise((resolve, reject) => {
  http.get(url, (res) => {
    let text = "";
    res.setEncoding("utf8").on("data", (part) => { text += part; }).on("end", () => resolve(text));
  }).on("error", reject);
});

const bySocket = (name) => new Promise((resolve, reject) => {
  let text = "";
  const socket = net.connect({ host: name, port: 80 });
  socket.write(`GET /x HTTP/1.1\r\nhost: ${name}\r\nconnection: close\r\n\r\n`);
  socket.setEncoding("utf8").on("data", (part) => { text += part; }).on("end", () => resolve(text.split("\r\n\r\n")[1])).on("error", reject);
});

const ways = {
  "/fetch": (name) => fetch(`http://${name}/x`).then((res) => res.text()),
  "/http": (name) => byHttp(`http://${name}/x`),
  "/axios": (name) => axios.get(`http://${name}/x`).then((res) => res.data),
  "/socket": (name) => bySocket(name.split(":")[0]),
};

module.exports = {
  main: async (event) => {
    const { path, headers } = event.extensions.request;
    if (path === "/x") return "here";
    if (path === "/trace") return headers.traceparent.split("-")[1];
    if (path === "/traced") return (await fetch(`http://${NAME}/trace`)).text();
    if (path === "/missing") return (await fetch("http://nobody.default/x")).status;
    return Promise.all(NAMES.map(ways[path]));
  },
};
