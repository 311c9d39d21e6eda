'use strict';
// Plain node:http, no framework, no contract: GET answers the text, POST the order handler.
const http = require('node:http');
const { text, order } = require('./functions.js');

http.createServer((req, res) => {
  if (req.method === 'GET') {
    res.end(text());
    return;
  }
  const chunks = [];
  req.on('data', (chunk) => chunks.push(chunk));
  req.on('end', () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    const event = { 'ce-id': req.headers['ce-id'], data: JSON.parse(body.toString('utf8')) };
    res.setHeader('content-type', 'application/json; charset=utf-8');
    res.end(JSON.stringify(order(event)));
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
