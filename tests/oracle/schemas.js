// Random schemas and entities with the answers of Cedar's reference, for policy/schema/reference_test.cc.
//
//   npm install --prefix DIR @cedar-policy/cedar-wasm@4.10.0
//   node tests/oracle/schemas.js --package DIR --count 300 --seed 1 > policy/schema/golden/reference.json
//   node tests/oracle/schemas.js --package DIR --count 20000 --seed 2 > /tmp/cases.json
//   STEELYARD_SCHEMA_CASES=/tmp/cases.json build/dev/policy/policy_test --gtest_filter='SchemaReference.*'
//
// Names are few, so that they are often declared, often hidden and often in a circle. Each case is one object:
//   {"cedar" | "json": text, "taken": whether it resolves, "translation": the other form of a Cedar text that does}
//   {"entities": text, "taken": whether they conform to kShop}
// Left out is where we are stricter on purpose: attributes that stand twice in one record, arrays for objects.
'use strict';
const { options, cedar, random, below, pick, chance, some, ask, damaged } = require('./lib');

const NAMESPACES = ['', '', 'N', 'N::M', 'P'];
const type_name = () => pick(['A', 'B', 'C', 'T', 'U', 'Long', 'String', 'Bool', 'ipaddr', 'decimal', 'datetime', 'duration',
  '__cedar::Long', '__cedar::ipaddr', 'N::A', 'N::T', 'P::B', 'N::M::A', 'Action', 'N::Action']);
const entity_name = () => pick(['A', 'B', 'C', 'A', 'B', 'N::A', 'P::B', 'N::M::A', 'T']);

// Cedar's syntax.
const annotation = () => chance(0.1) ? pick(['@doc("x") ', '@a ', '@if("y") @b ']) : '';
function type(depth) {
  const r = random();
  if (depth > 3 || r < 0.6) return type_name();
  return r < 0.75 ? `Set<${type(depth + 1)}>` : record(depth + 1);
}
function record(depth) {
  const names = [...new Set(some(3, () => pick(['x', 'y', 'z', '"q r"', 'w', 'type', '"if"'])))];
  const attributes = names.map(name => `${annotation()}${name}${chance(0.3) ? '?' : ''}: ${type(depth)}`);
  return `{ ${attributes.join(', ')}${attributes.length > 0 && chance(0.3) ? ',' : ''} }`;
}
const list = make => chance(0.3) ? make() : `[${[make(), ...some(2, make)].join(', ')}]`;
const action_name = () => pick(['a', 'b', 'c', '"d e"', 'Action::"a"', 'N::Action::"a"', 'Action::"b"', 'P::Action::"c"']);
function entity_type() {
  const name = pick(['A', 'B', 'C', 'D', 'E', 'Long', 'A', 'B']);
  if (chance(0.12)) return `entity ${name} enum ["x"${chance(0.5) ? ', "y"' : ''}];`;
  return `entity ${name}${chance(0.1) ? ', F' : ''}${chance(0.3) ? ` in ${list(entity_name)}` : ''}` +
    `${chance(0.5) ? `${pick([' = ', ' '])}${record(0)}` : ''}${chance(0.2) ? ` tags ${type(0)}` : ''};`;
}
function action() {
  const context = chance(0.5) ? `, context: ${chance(0.7) ? record(0) : type_name()}` : '';
  const applies = ` appliesTo { principal: ${list(entity_name)}, resource: ${list(entity_name)}${context}${chance(0.3) ? ',' : ''} }`;
  return `action ${pick(['a', 'b', 'c', '"d e"', 'e'])}${chance(0.3) ? ` in ${list(action_name)}` : ''}${chance(0.5) ? applies : ''};`;
}
const declaration = () => annotation() + pick([
  () => `type ${pick(['T', 'U', 'A', 'V', 'ipaddr', 'W'])} = ${type(0)};`, entity_type, entity_type, action])();
function cedar_schema() {
  const parts = [...new Set([pick(NAMESPACES), ...some(2, () => pick(NAMESPACES))])].map(ns => {
    const inside = some(5, declaration).join('\n');
    return ns === '' ? inside : `${annotation()}namespace ${ns} {\n${inside}\n}`;
  });
  return parts.join('\n');
}

// One or two words of it are wrong. None of them names an attribute, so that none comes to stand twice.
const WORDS = ['entity', 'action', 'type', 'namespace', 'in', 'enum', 'tags', 'appliesTo', 'principal', 'context', 'Set',
  'Long', 'A', 'N', 'if', '__cedar', 'Action', '{', '}', '[', ']', ';', ',', ':', '::', '<', '>', '=', '?',
  '@', '(', ')', 'N::A', '__cedar::Long', 'Boolean'].map(word => `${word} `);
const TOKEN = /"(\\.|[^"\\])*"|[A-Za-z_]\w*|::|\s+|./gs;
// The JSON form.
function json_type(depth) {
  const r = random();
  if (depth > 3 || r < 0.15) return { type: pick(['Long', 'String', 'Boolean']) };
  if (r < 0.3) return { type: 'Entity', name: entity_name() };
  if (r < 0.45) return { type: 'EntityOrCommon', name: type_name() };
  if (r < 0.6) return { type: type_name() };
  if (r < 0.68) return { type: 'Extension', name: pick(['ipaddr', 'decimal', 'datetime', 'duration', 'foo']) };
  return r < 0.8 ? { type: 'Set', element: json_type(depth + 1) } : json_record(depth + 1);
}
function json_record(depth) {
  const attributes = {};
  for (const name of some(3, () => pick(['x', 'y', 'z', 'q r', 'if', '']))) {
    attributes[name] = json_type(depth);
    if (chance(0.2)) attributes[name].required = pick([true, false]);
    if (chance(0.1)) attributes[name].annotations = { a: 'b', c: null };
  }
  const made = { type: 'Record', attributes };
  if (chance(0.05)) made.additionalAttributes = pick([false, true]);
  return made;
}
function json_namespace() {
  const ns = { entityTypes: {}, actions: {} };
  if (chance(0.6)) ns.commonTypes = {};
  if (ns.commonTypes) for (const name of some(3, () => pick(['T', 'U', 'A', 'V', 'ipaddr', 'Long']))) ns.commonTypes[name] = json_type(0);
  for (const name of some(4, () => pick(['A', 'B', 'C', 'D', 'ipaddr']))) {
    const made = ns.entityTypes[name] = {};
    if (chance(0.1)) { made.enum = ['x', 'y']; continue; }
    if (chance(0.3)) made.memberOfTypes = some(2, entity_name);
    if (chance(0.5)) made.shape = chance(0.9) ? json_record(0) : json_type(0);
    if (chance(0.2)) made.tags = json_type(0);
  }
  for (const name of some(3, () => pick(['a', 'b', 'c', 'd e']))) {
    const made = ns.actions[name] = {};
    if (chance(0.3)) made.memberOf = some(2, () => pick([{ id: 'a' }, { id: 'b', type: 'Action' }, { id: 'c', type: 'N::Action' }]));
    if (!chance(0.6)) continue;
    made.appliesTo = { principalTypes: some(2, entity_name), resourceTypes: some(2, entity_name) };
    if (chance(0.5)) made.appliesTo.context = chance(0.8) ? json_record(0) : json_type(0);
  }
  return ns;
}
function json_schema() {
  const made = {};
  for (const ns of [pick(NAMESPACES), ...some(1, () => pick(NAMESPACES))]) made[ns] = json_namespace();
  const text = JSON.stringify(made);
  return chance(0.85) ? text : text.replace(...pick([['"Long"', '"long"'], ['true', 'null'], ['[]', 'null'], ['"type"', '"tipe"'],
    ['"A"', '"A::"'], ['"name"', '"element"']]));
}

// Entities of one schema: whatever may stand in JSON, often where it belongs.
const SHOP = `entity Group in Group; entity User in Group = { age?: Long, boss?: User, from?: ipaddr, since?: datetime,
  team?: Set<User>, home?: { street: String, tax?: decimal }, name?: String, did?: Action, likes?: Colour,
  hosts?: Set<ipaddr>, fresh?: Bool } tags Set<ipaddr>; entity Page; entity Form = { need: Long };
  entity Colour enum ["red"]; action all; action read in all; action view in read;`;
const uid = () => ({ type: pick(['User', 'User', 'Group', 'Page', 'Form', 'Colour', 'Action', 'Book']),
  id: pick(['u', 'v', 'red', 'read', 'all']) });
function value(depth) {
  return pick([() => below(3), () => pick([true, false]), () => pick(['', '10.0.0.1', '1.50', '2026-01-01', '1h', 'x']), uid,
    () => ({ __entity: uid() }), extension, () => ({ __extn: extension() }),
    () => depth > 2 ? [] : some(2, () => value(depth + 1)),
    () => Object.fromEntries(some(2, () => [pick(['street', 'tax', 'zip']), value(depth + 1)]))])();
}
const extension = () => pick([() => ({ fn: 'ip', arg: pick(['::1', '10.0.0.0/8', 'x']) }),
  () => ({ fn: 'decimal', arg: '1.5' }), () => ({ fn: 'datetime', args: ['2026-01-01'] }),
  () => ({ fn: 'offset', args: [pick(['2026-01-01', { fn: 'datetime', arg: '2026-01-01' }]), pick(['1h', 'x'])] })])();
const FITTING = {
  age: () => below(9), boss: () => pick([{ type: 'User', id: 'u' }, { __entity: { type: 'User', id: 'v' } }]),
  from: () => pick(['10.0.0.1', { fn: 'ip', arg: '::1' }, { __extn: { fn: 'ip', arg: '::1' } }]),
  since: () => pick(['2026-01-01', { fn: 'offset', args: ['2026-01-01', '1h'] }]),
  team: () => some(2, () => ({ type: 'User', id: pick(['u', 'v']) })), fresh: () => chance(0.5), name: () => '10.0.0.1',
  home: () => ({ street: 'a', ...(chance(0.5) ? { tax: '1.5' } : {}) }), hosts: () => some(2, () => '::1'),
  did: () => ({ type: 'Action', id: pick(['read', 'all', 'view']) }), likes: () => ({ type: 'Colour', id: 'red' }),
};
function entities() {
  const made = new Map();
  for (const it of some(3, uid)) {
    const names = some(3, () => pick([...Object.keys(FITTING), ...(chance(0.05) ? ['other'] : [])]));
    const fits = it.type === 'User';
    const entity = { uid: it, attrs: {}, parents: some(1, () => pick([{ type: 'Group', id: 'g' }, { type: 'Group', id: 'g' }, uid()])) };
    if (it.type === 'Action') entity.parents = it.id === 'read' ? [{ type: 'Action', id: 'all' }] : [];
    if (it.type === 'Form' && chance(0.8)) entity.attrs.need = 1;
    if (fits) for (const name of names) entity.attrs[name] = chance(0.9) && FITTING[name] ? FITTING[name]() : value(0);
    if (fits && chance(0.3)) entity.tags = { t: chance(0.8) ? ['::1'] : value(0) };
    made.set(JSON.stringify(it), entity);
  }
  return [...made.values()];
}

function one_case() {
  const r = random();
  if (r < 0.2) {
    const made = entities();
    return { entities: JSON.stringify(made), taken: ask(() => cedar.checkParseEntities({ entities: made, schema: SHOP })).type === 'success' };
  }
  if (r < 0.45) {
    const json = json_schema();
    return { json, taken: ask(() => cedar.checkParseSchema(JSON.parse(json))).type === 'success' };
  }
  const text = r < 0.85 ? cedar_schema() : damaged(cedar_schema(), TOKEN, WORDS);
  const made = { cedar: text, taken: ask(() => cedar.checkParseSchema(text)).type === 'success' };
  if (made.taken) made.translation = cedar.schemaToJson(text).json;
  return made;
}

// As many that are taken as that are not: most are not.
const wanted = { true: Math.ceil(Number(options.count) / 2), false: Math.floor(Number(options.count) / 2) };
const lines = [];
while (lines.length < Number(options.count)) {
  const made = one_case();
  if (wanted[made.taken]-- > 0) lines.push(JSON.stringify(made));
}
console.log(`{"shop": ${JSON.stringify(SHOP)},\n"cases": [\n${lines.join(',\n')}\n]}`);
