'use strict';
// Reads FILE for each request.
const fs = require('node:fs');
const http = require('node:http');

http.createServer((req, res) => {
  fs.readFile(process.env.FILE, (error, content) => {
    if (error) throw error;
    res.writeHead(200, { 'Content-Type': 'text/plain', 'Content-Length': content.length });
    res.end(content);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
