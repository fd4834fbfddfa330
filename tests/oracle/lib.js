// What the generators of this folder share: their options, Cedar's reference, and draws that a seed repeats.
'use strict';
const path = require('path');

const options = { package: '.', count: '300', seed: '1' };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].replace(/^--/, '');
  if (!(name in options) || process.argv[i + 1] === undefined) throw new Error(`unknown argument ${process.argv[i]}`);
  options[name] = process.argv[i + 1];
}
const cedar = require(path.resolve(options.package, 'node_modules/@cedar-policy/cedar-wasm/nodejs'));

let state = Number(options.seed) >>> 0;
const random = () => { state = (Math.imul(state, 1664525) + 1013904223) >>> 0; return state / 2 ** 32; };
const below = n => Math.floor(random() * n);
const pick = all => all[below(all.length)];
const chance = p => random() < p;
const some = (most, make) => Array.from({ length: below(most + 1) }, make);

// An answer of the reference; what it throws is a failure.
function ask(call) {
  try { return call(); } catch (error) { return { type: 'failure', errors: [{ message: String(error) }] }; }
}
// A text with one or two of its tokens gone, or one of these words before it or in its place.
function damaged(text, token, words) {
  const tokens = text.match(token) || [];
  for (let i = 1 + below(2); i > 0 && tokens.length > 0; --i)
    tokens.splice(below(tokens.length), pick([0, 1, 1]), ...(chance(0.65) ? [pick(words)] : []));
  return tokens.join('');
}

module.exports = { options, cedar, random, below, pick, chance, some, ask, damaged };
