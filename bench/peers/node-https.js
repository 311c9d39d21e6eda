'use strict';
// Plain node:https, one text: PORT, KEY and CERTIFICATE in the environment.
const fs = require('node:fs');
const https = require('node:https');

const { PORT, KEY, CERTIFICATE } = process.env;
https.createServer({ key: fs.readFileSync(KEY), cert: fs.readFileSync(CERTIFICATE) }, (req, res) => {
  res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': 12 });
  res.end('Hello World\n');
}).listen(Number(PORT), '127.0.0.1');
