import { getTracer } from 'sdk';
import express from 'koa';
export const main = (req, res) => res.send(String(getTracer) + express);
