// require('in-a-comment')
const fs = require('fs'), net = require('node:net'), { setTimeout } = require('timers/promises');
const axios = require('axios'), used = require('@scope/used/part'), own = require('orders/x');
const helper = require('./lib/helper');
const text = "require('in-a-string')";
let optional;
try { optional = require('optional'); } catch { optional = null; }
const mocha = require('mocha'), chalk = require('chalk/dist'), again = require('chalk');
const dynamic = require(process.env.NAME);
exports.main = () => helper(text, fs, net, setTimeout, axios, used, own, mocha, chalk, again, dynamic);
