// What deciding costs Cedar's reference in WebAssembly, through its stateful calls, for tests/bench/policies:
//
//   npm install --prefix DIR @cedar-policy/cedar-wasm@4.10.0
//   node tests/oracle/bench.js --package DIR --baseline deploy/policies/baseline.cedar --dir WRITTEN --seconds 5
//
// WRITTEN is what `bench-policy BASELINE --write` wrote: policies.jsonl, {"id", "text"}, and requests.jsonl, {"principal",
// "action", "resource", "context", "entities", "allow"}. The policies are parsed once, ahead; entities come with each
// call, as there is no other way, and are those alone that the decision looks at. Prints one JSON object: how many
// policies, how long parsing took, how many decisions, what one took (mean, p50, p99, of requests in turn, and the mean of
// the first one again and again), in nanoseconds. Exit code 1 if a decision is not what it should be.
'use strict';
const fs = require('fs');
const path = require('path');

const options = { package: '.', baseline: '', dir: '', seconds: '5' };
for (let i = 2; i < process.argv.length; i += 2) {
  const name = process.argv[i].replace(/^--/, '');
  if (!(name in options) || process.argv[i + 1] === undefined) throw new Error(`unknown argument ${process.argv[i]}`);
  options[name] = process.argv[i + 1];
}
const cedar = require(path.resolve(options.package, 'node_modules/@cedar-policy/cedar-wasm/nodejs'));
const lines = name => fs.readFileSync(path.join(options.dir, name), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line));
const now = () => Number(process.hrtime.bigint());

const staticPolicies = {};
for (const { id, text } of lines('policies.jsonl')) staticPolicies[id] = text;
const parts = cedar.policySetTextToParts(fs.readFileSync(options.baseline, 'utf8'));
parts.policies.forEach((text, i) => { staticPolicies[`policy:baseline#${i}`] = text; });
const began = now();
const parsed = cedar.preparsePolicySet('bench', { staticPolicies });
if (parsed.type !== 'success') throw new Error(JSON.stringify(parsed));
const start_ns = now() - began;

const requests = lines('requests.jsonl');
const decide = ({ principal, action, resource, context, entities }) =>
  cedar.statefulIsAuthorized({ principal, action, resource, context, entities, preparsedPolicySetId: 'bench',
    validateRequest: false });
let wrong = 0;
// Calls `next` for a span of time; what each took.
const measure = next => {
  const each = [];
  for (const until = now() + Number(options.seconds) * 1e9; now() < until;) {
    const request = next(each.length);
    const at = now();
    const answer = decide(request);
    each.push(now() - at);
    if (answer.type !== 'success' || (answer.response.decision === 'allow') !== request.allow) ++wrong;
  }
  each.sort((a, b) => a - b);
  return { decisions: each.length, mean_ns: Math.round(each.reduce((a, b) => a + b) / each.length),
    p50_ns: each[each.length >> 1], p99_ns: each[Math.floor(each.length * 0.99)] };
};
const first = requests.find(request => request.allow);
const hot = measure(() => first);
const random = measure(n => requests[n % requests.length]);
console.log(JSON.stringify({ policies: Object.keys(staticPolicies).length, start_ms: Math.round(start_ns / 1e6), hot, random, wrong }));
process.exit(wrong === 0 ? 0 : 1);
