// Random policies, entities and requests with the answers of Cedar's reference, for policy/reference_test.cc.
//
//   npm install --prefix DIR @cedar-policy/cedar-wasm@4.10.0
//   node tests/oracle/policies.js --package DIR --count 300 --seed 1 > policy/golden/policies.jsonl
//   node tests/oracle/policies.js --package DIR --count 50000 --seed 2 > /tmp/cases.jsonl
//   STEELYARD_POLICY_CASES=/tmp/cases.jsonl build/dev/policy/policy_test --gtest_filter='PolicyReference.*'
//
// Types, ids and attributes are few, so that policies often speak of what there is, and as often not. Most of what is
// asked of a value fits it; what does not is an error, or stands where it is never looked at. A line is one of
//   {"policies": {id: text}, "templates": {id: text}, "links": [{"templateId", "newId", "values"}], "entities",
//    "requests": [{"principal", "action", "resource", "context", and unless refused "decision", "reasons", "errors"}],
//    "est": {id: the JSON form of a policy or template}, "lineWidth", "indentWidth", "formatted": all texts, laid out}
//   {"text": a damaged policy, "taken": whether it parses, "est": if it does}
//   {"json": the damaged JSON form of a policy, "taken": whether it is one}
// Left out is the JSON form where it has numbers beyond 2^53, which JavaScript cannot hold, and where we are stricter on
// purpose (`stricter`): what says something that would not be looked at, or that no text can say, is no policy. Left out is
// a layout that the reference itself would lay out otherwise.
'use strict';
const { options, cedar, random, below, pick, chance, some, ask, damaged } = require('./lib');

// What policies and entities speak of.
const TYPES = ['U', 'G', 'N::R'];
const IDS = ['a', 'b', 'c', 'q"r', '权'];
const ACTIONS = ['read', 'view', 'all', 'none'];
const action_uid = () => ({ type: 'Action', id: pick(ACTIONS) });
const uid = () => chance(0.1) ? action_uid() : { type: pick(TYPES), id: pick(chance(0.9) ? IDS.slice(0, 3) : IDS) };
const uid_text = it => `${it.type}::${JSON.stringify(it.id)}`;
const ATTRIBUTES = { n: 'long', m: 'long', s: 'string', b: 'bool', e: 'entity', l: 'set', r: 'record', i: 'ip',
  d: 'decimal', t: 'datetime', u: 'duration', 'q r': 'bool', 'if': 'long' };
const ITEMS = ['long', 'long', 'long', 'entity', 'string', 'set', 'ip'];
const VARIABLES = ['principal', 'principal', 'resource', 'resource', 'action', 'context', 'context'];

const STRINGS = ['', 'a', 'ab', 'abc', 'a*b', 'b\\"', 'é权', 'x y', 't', 'line\nend'];
const NUMBERS = ['0', '1', '2', '3', '5', '60000', '9007199254740991', '9223372036854775807', '4611686018427387904'];
const CONSTRUCTED = {
  ip: ['127.0.0.1', '10.0.0.0/8', '10.1.2.3', '::1', 'ff02::1', '224.0.0.1', '2001:db8::/32', '0.0.0.0/0', 'fe80::1:2',
    '010.0.0.1', '10.0.0.1/33', '1.2.3', '::ffff:1.2.3.4', '1::2::3', '10.0.0.1/08', '::/129', ''],
  decimal: ['1.5', '0.0', '-1.2345', '00.10', '922337203685477.5807', '-922337203685477.5808', '922337203685477.5808',
    '1', '1.', '.5', '1.23456', '+1.0', '1e1', '-0.0'],
  datetime: ['1970-01-01', '2024-02-29', '2023-02-29', '2026-01-01T12:00:00Z', '2026-01-01T12:00:00.123Z', '0000-01-01',
    '2026-01-01T12:00:00+0530', '2026-01-01T12:00:00.5Z', '2026-01-01T24:00:00Z', '9999-12-31T23:59:59.999-2359',
    '2026-1-1', '2026-01-01T12:00:00', '2026-01-01T12:00:00+2400', '2026-01-01T23:59:60Z'],
  duration: ['1h', '0ms', '-1d2h3m4s5ms', '1d', '90m', '1h1h', '1ms1s', '', '-', '1x', '106751991167d7h12m55s807ms',
    '106751991167d7h12m55s808ms', '-106751991167d7h12m55s808ms', '1000ms', '+1h'],
};
const constructed = kind => chance(0.85) ? pick(CONSTRUCTED[kind].slice(0, 7)) : pick(CONSTRUCTED[kind]);

// Entities and contexts, as JSON.
function value(kind, depth = 0) {
  switch (kind) {
    case 'long': return pick([-1, 0, 1, 2, 3, 60000, 9007199254740991, -9007199254740991]);
    case 'string': return pick(STRINGS);
    case 'bool': return chance(0.5);
    case 'entity': return { __entity: uid() };
    case 'set': return depth > 2 ? [] : some(3, () => value(pick(ITEMS), depth + 1));
    case 'record': return Object.fromEntries(some(3, () => pick(Object.keys(ATTRIBUTES)))
      .map(name => [name, depth > 2 ? 1 : value(ATTRIBUTES[name], depth + 1)]));
    default: return { __extn: { fn: kind, [chance(0.8) ? 'arg' : 'args']: 0 } };
  }
}
function attribute(kind) {
  const made = value(chance(0.95) ? kind : pick(Object.values(ATTRIBUTES)));
  return finished(made);
}
const mapped = (entries, call) => Object.fromEntries(entries.map(([name, inner]) => [name, call(name, inner)]));
// Puts the arguments of extension values in: few of them wrong, for each refuses the whole.
function finished(made) {
  if (Array.isArray(made)) return made.map(finished);
  if (made === null || typeof made !== 'object') return made;
  if (made.__extn) {
    const { fn } = made.__extn;
    const argument = pick(CONSTRUCTED[fn].slice(0, chance(0.005) ? 99 : fn === 'datetime' || fn === 'decimal' ? 2 : 5));
    return { __extn: 'arg' in made.__extn ? { fn, arg: argument } : { fn, args: [argument] } };
  }
  return mapped(Object.entries(made), (name, inner) => name === '__entity' ? inner : finished(inner));
}
const attributes = p =>
  mapped(Object.entries(ATTRIBUTES).filter(() => chance(p)), (name, kind) => attribute(kind));
const tag = () => [pick(STRINGS), attribute(pick(['long', 'string', 'set']))];
function entities() {
  const order = [];
  for (const type of TYPES) for (const id of IDS) if (chance(0.45)) order.push({ type, id });
  order.sort(() => random() - 0.5);
  const made = order.map((it, at) => ({
    uid: it, attrs: attributes(0.35),
    parents: at === 0 ? [] : some(2, () => chance(0.98) ? order[below(at)] : uid()).filter(up => up.type !== 'Action'),
    ...(chance(0.5) ? { tags: Object.fromEntries(some(3, tag)) } : {}),
  }));
  const [read, view, all] = ['read', 'view', 'all'].map(id => ({ type: 'Action', id }));
  if (chance(0.7)) made.push({ uid: read, attrs: {}, parents: [all] });
  if (chance(0.7)) made.push({ uid: view, attrs: attributes(0.1), parents: [read] });
  if (made.length > 0 && chance(0.03)) made.push({ ...pick(made), attrs: attributes(0.2) });
  return made;
}

// Expressions: [text, how strongly it binds]. An operand that binds too weakly has parentheses, and others sometimes.
const [IF, OR, AND, RELATION, SUM, PRODUCT, UNARY, MEMBER, PRIMARY] = [0, 1, 2, 3, 4, 5, 6, 7, 8];
const within = ([text, strength], wanted) => strength < wanted || chance(0.06) ? `(${text})` : text;
const space = () => chance(0.9) ? ' ' : pick(['', '  ', '\n', '\n    ']);
const gap = () => chance(0.9) ? ' ' : pick(['  ', '\n', '\n\t']);
const infix = (left, operator, right, strength, left_wants, right_wants) =>
  [`${within(left, left_wants)}${gap()}${operator}${gap()}${within(right, right_wants)}`, strength];
const text_literal = text => {
  const plain = JSON.stringify(text);
  return chance(0.95) ? plain : plain.replace(/a/, '\\u{61}').replace(/b(?=")/, '\\x62');
};
const is_name = name => /^[a-z]+$/.test(name) && name !== 'if';
function member(of, name) {
  const owner = within(of, MEMBER);
  const dotted = is_name(name) && chance(0.9);
  return [dotted ? `${owner}${space().replace(' ', '')}.${name}` : `${owner}[${JSON.stringify(name)}]`, MEMBER];
}
const listed = texts => texts.join(`,${space()}`);
const method = (of, name, ...rest) =>
  [`${within(of, MEMBER)}.${name}(${listed(rest.map(one => one[0]))})`, MEMBER];
const key = name => is_name(name) && chance(0.8) ? name : JSON.stringify(name);
const variable = () => [pick(VARIABLES), PRIMARY];
const KINDS = ['long', 'string', 'bool', 'entity', 'set', 'record', 'ip', 'decimal', 'datetime', 'duration'];
const names_of = kind => Object.keys(ATTRIBUTES).filter(name => ATTRIBUTES[name] === kind);

function expression(kind, depth) {
  if (chance(0.04)) kind = pick(KINDS);
  const r = random();
  if (r < 0.05 && depth < 4) {
    const part = wanted => expression(wanted, depth + 1)[0];
    return [`if ${part('bool')}${gap()}then ${part(kind)}${gap()}else ${part(kind)}`, IF];
  }
  if (r < 0.25) {
    const of = depth < 3 && chance(0.3) ? expression(pick(['entity', 'record']), depth + 1) : variable();
    const names = names_of(kind);
    if (names.length > 0) return member(of, pick(names));
  }
  return depth > 4 ? leaf(kind) : MAKERS[kind](depth + 1);
}
function leaf(kind) {
  switch (kind) {
    case 'long':
      if (chance(0.2)) return [`-${pick(NUMBERS)}`, UNARY];
      return [pick(chance(0.85) ? NUMBERS.slice(0, 6) : NUMBERS), PRIMARY];
    case 'string': return [text_literal(pick(STRINGS)), PRIMARY];
    case 'bool': return [pick(['true', 'false']), PRIMARY];
    case 'entity': return chance(0.5) ? [pick(VARIABLES.slice(0, 5)), PRIMARY] : [uid_text(uid()), PRIMARY];
    case 'set': case 'entities': return ['[]', PRIMARY];
    case 'record': return [pick(['context', '{}', 'context']), PRIMARY];
    default: return [`${kind}(${text_literal(constructed(kind))})`, MEMBER];
  }
}
const PIECES = ['*', '*', 'a', 'b', '\\*', 'é', '权', '\\\\', '\\"', ' ', '\\u{61}', '\\n'];
const pattern = () => `"${some(4, () => pick(PIECES)).join('')}"`;
function has(depth) {
  const of = chance(0.6) ? variable() : expression(pick(['entity', 'record']), depth);
  const name = pick(Object.keys(ATTRIBUTES));
  const nested = () => Array.from({ length: 2 + below(2) }, () => pick(['r', 'e', 'n', 's', 'b'])).join('.');
  return [`${within(of, SUM)} has ${chance(0.3) ? nested() : key(name)}`, RELATION];
}
// Asks for what it uses, as policies do.
function guarded(depth) {
  const of = variable()[0];
  const name = pick(['n', 's', 'b', 'e', 'l', 'i', 'd', 't', 'u']);
  const [operator, strength] = pick([['&&', AND], ['&&', AND], ['||', OR]]);
  const tested = compare([`${of}.${name}`, MEMBER], ATTRIBUTES[name], depth);
  return [`${of} has ${name}${gap()}${operator}${gap()}${within(tested, strength + 1)}`, strength];
}
const COMPARED = { decimal: ['lessThan', 'lessThanOrEqual', 'greaterThan', 'greaterThanOrEqual'] };
function compare(left, kind, depth) {
  const right = () => expression(kind, depth);
  const relation = operator => infix(left, operator, right(), RELATION, SUM, SUM);
  switch (kind) {
    case 'bool': return left;
    case 'long': case 'datetime': case 'duration': return relation(pick(['<', '<=', '>', '>=', '==', '!=']));
    case 'string': return chance(0.5) ? [`${within(left, SUM)} like ${pattern()}`, RELATION] : relation('==');
    case 'entity': return pick([() => relation('in'), () => relation('=='),
      () => infix(left, 'in', expression('entities', depth), RELATION, SUM, SUM),
      () => [`${within(left, SUM)} is ${pick([...TYPES, 'Action'])}`, RELATION],
      () => {
        const group = expression(pick(['entity', 'entities']), depth);
        return [`${within(left, SUM)} is ${pick(TYPES)} in ${within(group, SUM)}`, RELATION];
      }])();
    case 'set': return pick([() => method(left, pick(['containsAll', 'containsAny']), right()), () => relation('=='),
      () => method(left, 'contains', expression(pick(ITEMS), depth)), () => method(left, 'isEmpty')])();
    case 'ip': return chance(0.5) ? method(left, pick(['isIpv4', 'isIpv6', 'isLoopback', 'isMulticast'])) :
      chance(0.8) ? method(left, 'isInRange', right()) : relation('==');
    case 'decimal': return chance(0.8) ? method(left, pick(COMPARED.decimal), right()) : relation('==');
    default: return relation(pick(['==', '!=']));
  }
}
const MAKERS = {
  bool: depth => pick([
    () => infix(expression('bool', depth), '&&', expression('bool', depth), AND, AND, RELATION),
    () => infix(expression('bool', depth), '||', expression('bool', depth), OR, OR, AND),
    () => [`${pick(['!', '!', '!', '!!'])}${within(expression('bool', depth), MEMBER)}`, UNARY],
    () => has(depth), () => guarded(depth), () => guarded(depth), () => leaf('bool'),
    ...Array(4).fill(() => { const kind = pick(KINDS); return compare(expression(kind, depth), kind, depth); }),
    () => infix(expression(pick(KINDS), depth), pick(['==', '!=']), expression(pick(KINDS), depth), RELATION, SUM, SUM),
    () => method(expression('entity', depth), 'hasTag', expression('string', depth)),
  ])(),
  long: depth => pick([() => leaf('long'), () => leaf('long'),
    () => infix(expression('long', depth), pick(['+', '-']), expression('long', depth), SUM, SUM, PRODUCT),
    () => infix(expression('long', depth), '*', expression('long', depth), PRODUCT, PRODUCT, UNARY),
    () => [`-${within(expression('long', depth), MEMBER)}`, UNARY],
    () => method(expression('duration', depth), pick(['toMilliseconds', 'toSeconds', 'toMinutes', 'toHours', 'toDays'])),
    () => method(expression('entity', depth), 'getTag', expression('string', depth)),
  ])(),
  string: () => leaf('string'), entity: () => leaf('entity'), ip: () => leaf('ip'), decimal: () => leaf('decimal'),
  entities: depth => [`[${listed(some(3, () => expression('entity', depth)[0]))}]`, PRIMARY],
  set: depth => {
    const kind = pick(['long', 'long', 'entity', 'string', ...KINDS]);
    return [`[${listed(some(3, () => expression(kind, depth)[0]))}]`, PRIMARY];
  },
  record: depth => {
    const names = [...new Set(some(3, () => pick(Object.keys(ATTRIBUTES))))];
    const inits = names.map(name => `${key(name)}:${space()}${expression(ATTRIBUTES[name], depth)[0]}`);
    return [`{${inits.join(', ')}}`, PRIMARY];
  },
  datetime: depth => pick([() => leaf('datetime'), () => leaf('datetime'), () => method(expression('datetime', depth), 'toDate'),
    () => method(expression('datetime', depth), 'offset', expression('duration', depth))])(),
  duration: depth => pick([() => leaf('duration'), () => leaf('duration'), () => method(expression('datetime', depth), 'toTime'),
    () => method(expression('datetime', depth), 'durationSince', expression('datetime', depth))])(),
};

// Policies and templates.
function scope(name, slots) {
  const target = () => slots && chance(0.7) ? `?${name}` : uid_text({ type: pick(TYPES), id: pick(IDS.slice(0, 3)) });
  return pick([name, name, name, name, `${name} == ${target()}`, `${name} in ${target()}`, `${name} is ${pick(TYPES)}`,
    `${name} is ${pick(TYPES)} in ${target()}`]);
}
function action_scope() {
  if (chance(0.6)) return 'action';
  return pick([`action == ${uid_text(action_uid())}`, `action in ${uid_text(action_uid())}`,
    `action in [${some(3, () => uid_text(action_uid())).join(', ')}]`]);
}
function policy(slots = false) {
  const annotation = () => `@${pick(['doc', 'if', 'a'])}${chance(0.8) ? `(${text_literal(pick(STRINGS))})` : ''}${pick([' ', '\n'])}`;
  const condition = () => `${gap()}${pick(['when', 'when', 'unless'])} {${space()}${expression('bool', 1)[0]}${space()}}`;
  const variables = listed([scope('principal', slots), action_scope(), scope('resource', slots)]);
  const conditions = Array.from({ length: pick([0, 1, 1, 1, 2]) }, condition);
  const effect = pick(['permit', 'permit', 'permit', 'forbid']);
  return `${some(1, annotation).join('')}${effect}${space()}(${variables})${conditions.join('')};`;
}
const is_template = text => cedar.templateToJson(text).type === 'success' && cedar.policyToJson(text).type !== 'success';

function est_of(text) {
  if (/\d{16}/.test(text)) return undefined;
  const asked = ask(() => cedar.policyToJson(text));
  const answer = asked.type === 'success' ? asked : ask(() => cedar.templateToJson(text));
  return answer.type === 'success' ? answer.json : undefined;
}

function links_of(templates) {
  const made = [];
  for (const [id, text] of Object.entries(templates)) {
    for (const at of some(2, () => 0).keys()) {
      const values = {};
      for (const name of ['?principal', '?resource'])
        if (text.includes(name) !== chance(0.01)) values[name] = { type: pick(TYPES), id: pick(IDS.slice(0, 3)) };
      made.push({ templateId: id, newId: `${id}.${at}`, values });
    }
  }
  return made;
}
// Comments and empty lines between its tokens.
const COMMENTS = [' // c\n', '\n// c\n', '\n\n  // d "x  \n', ' // e\n\n// f\n\n', '\n\n', '\n//\n//g\n', '//h\n'];
function commented(text) {
  if (chance(0.7)) return text;
  const p = pick([0.02, 0.05, 0.3]);
  const tokens = text.match(/"(\\.|[^"\\])*"|\?[a-z]+|@\w+|[A-Za-z_]\w*|::|==|!=|<=|>=|&&|\|\||\d+|\s+|./gs) || [];
  return tokens.map(token => chance(p) ? token + pick(COMMENTS) : token).join('');
}
function decided_case() {
  const made = { policies: {}, templates: {}, links: [], entities: entities(), requests: [] };
  for (let i = 1 + below(6); i > 0; --i) made.policies[`p${i}`] = commented(policy());
  if (chance(0.4)) for (let i = 1 + below(2); i > 0; --i) {
    const text = commented(policy(true));
    if (is_template(text)) made.templates[`t${i}`] = text;
  }
  made.links = links_of(made.templates);
  for (let i = 1 + below(4); i > 0; --i) {
    const request = { principal: { type: pick(TYPES), id: pick(IDS.slice(0, 3)) }, action: action_uid(),
      resource: { type: pick(TYPES), id: pick(IDS.slice(0, 3)) }, context: attributes(0.5) };
    const answer = ask(() => cedar.isAuthorized({ ...request, entities: made.entities,
      policies: { staticPolicies: made.policies, templates: made.templates, templateLinks: made.links } }));
    if (answer.type === 'success') {
      request.decision = answer.response.decision;
      request.reasons = answer.response.diagnostics.reason.sort();
      request.errors = answer.response.diagnostics.errors.map(error => error.policyId).sort();
    }
    made.requests.push(request);
  }
  const texts = { ...made.policies, ...made.templates };
  made.est = {};
  for (const [id, text] of Object.entries(texts)) {
    const json = est_of(text);
    if (json !== undefined) made.est[id] = json;
  }
  made.lineWidth = pick([80, 80, 80, 40, 20, 120]);
  made.indentWidth = pick([2, 2, 4]);
  const { lineWidth, indentWidth } = made;
  const format = text => ask(() => cedar.formatPolicies({ policyText: text, lineWidth, indentWidth })).formatted_policy;
  const formatted = format(Object.values(texts).join('\n'));
  if (formatted !== undefined && format(formatted) === formatted) made.formatted = formatted;
  return made;
}

// One or two words of it are wrong.
const WORDS = ['permit', 'forbid', 'principal', 'action', 'resource', 'context', 'when', 'unless', 'in', 'is', 'has', 'like',
  'if', 'then', 'else', 'true', '==', '!=', '<', '&&', '||', '!', '-', '+', '*', '.', ',', ';', '::', ':', '(', ')', '[', ']',
  '{', '}', '?principal', '?resource', '@a', '"x"', '1', 'ip', 'isIpv4', 'contains', 'getTag', 'U::"a"', 'Action', '__cedar',
  '=', '%', '/', '9223372036854775808', '// x\n', '"\\q"', '"*"'].map(word => ` ${word} `);
const TOKEN = /"(\\.|[^"\\])*"|[A-Za-z_]\w*|::|==|!=|<=|>=|&&|\|\||\d+|\s+|./gs;
function damaged_case() {
  const text = damaged(policy(chance(0.3)), TOKEN, WORDS);
  const parses = call => ask(() => call(text)).type === 'success';
  const made = { text, taken: parses(cedar.policyToJson) || parses(cedar.templateToJson) };
  const json = made.taken ? est_of(text) : undefined;
  return json === undefined ? made : { ...made, est: json };
}
// A slot of the other variable, methods called on nothing.
const METHODS = /^(is(Ipv4|Ipv6|Loopback|Multicast|InRange)|(less|greater)Than(OrEqual)?|offset|durationSince|to[A-Z][a-z]+)$/;
function stricter(at, name = '') {
  if (Array.isArray(at)) return (METHODS.test(name) && at.length === 0) || at.some(inner => stricter(inner));
  if (at === null || typeof at !== 'object') return false;
  if (['principal', 'resource'].includes(name) && at.in && at.in.slot && at.in.slot !== `?${name}`) return true;
  return Object.entries(at).some(([key, inner]) => stricter(inner, key));
}
// One member of its JSON form is missing, has another name or another value.
function damaged_json_case() {
  let json;
  while (json === undefined) json = est_of(policy(chance(0.2)));
  const objects = [];
  const walk = at => {
    if (at === null || typeof at !== 'object') return;
    if (!Array.isArray(at) && Object.keys(at).length > 0) objects.push(at);
    Object.values(at).forEach(walk);
  };
  walk(json);
  const at = pick(objects);
  const name = pick(Object.keys(at));
  const old = at[name];
  const others = [null, 1, true, 'principal', [], {}, [old], { Value: old }, { type: 'U', id: 'a' }, { __entity: { type: 'U', id: 'a' } }];
  pick([
    () => { delete at[name]; },
    () => { delete at[name]; at[pick(['left', 'arg', 'Value', 'Var', 'op', 'entity', 'Set', '==', 'ip', 'x'])] = old; },
    () => { at[name] = pick(others); },
    () => { at[pick(['x', 'left', 'slot', 'in', 'Value'])] = pick([1, old, '?principal']); },
  ])();
  if (stricter(json)) return damaged_json_case();
  const takes = policies => ask(() => cedar.checkParsePolicySet(policies)).type === 'success';
  return { json, taken: takes({ staticPolicies: { p: json } }) || takes({ templates: { p: json } }) };
}

// Of what is damaged as much that is taken as that is not: most is not.
function balanced(make) {
  const wanted = chance(0.5);
  for (;;) {
    const made = make();
    if (made.taken === wanted) return made;
  }
}
for (let i = 0; i < Number(options.count); ++i) {
  const r = random();
  const made = r < 0.6 ? decided_case() : balanced(r < 0.85 ? damaged_case : damaged_json_case);
  process.stdout.write(`${JSON.stringify(made)}\n`);
}
