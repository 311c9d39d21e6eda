import sdk from 'sdk';
export const main = () => sdk;
