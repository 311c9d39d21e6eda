import { getTracer } from 'sdk';
import express from 'express';
export const main = (req, res) => res.send(String(getTracer) + express);
