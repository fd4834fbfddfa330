// Statements and their signatures. Format: docs/formats/statement.md.
#include "schemas/codec.h"
#include "schemas/codec_internal.h"
#include "statement_generated.h"

namespace steelyard::schemas {
namespace {

using namespace internal;

constexpr Shape kStatementShape{"SYst", "statement", limits::kStatementBytesMax, limits::kFlatbufferTablesStatementMax};
constexpr Shape kSignaturesShape{"SYsg", "statement signatures", limits::kEnvelopeBytesMax,
                                 limits::kFlatbufferTablesMax};

constexpr std::size_t kSubjectBytesMax = 160;  // an id, a '/', an origin
constexpr std::size_t kSignatureBytes = 64;
constexpr std::uint8_t kSensitivityMax = 4;
constexpr std::size_t kActionsMax = 5;

// Bodies. Each pair put_body / read_body holds one kind's fields in the order of schemas/statement.h.

Offset<wire::Text> put_text(Builder& b, const Text& text) {
  if (text.zh.empty() && text.en.empty()) return {};
  const auto zh = internal::put_text(b, text.zh);
  const auto en = internal::put_text(b, text.en);
  return wire::CreateText(b, zh, en);
}
using internal::put_text;

void read_text(Reader& r, Text& to, const wire::Text* from, const char* field) {
  if (from == nullptr) return;
  r.text(to.zh, from->zh(), field, limits::kTextBytesMax, TextRule::kOneLine);
  r.text(to.en, from->en(), field, limits::kTextBytesMax, TextRule::kOneLine);
}

// Terms and conditions have paragraphs.
void read_prose(Reader& r, Text& to, const wire::Text* from, const char* field) {
  if (from == nullptr) return;
  r.text(to.zh, from->zh(), field, limits::kTextBytesMax, TextRule::kLines);
  r.text(to.en, from->en(), field, limits::kTextBytesMax, TextRule::kLines);
}

Offset<WireVector<Offset<wire::Key>>> put_keys(Builder& b, const std::vector<Key>& keys) {
  std::vector<Offset<wire::Key>> offsets;
  offsets.reserve(keys.size());
  for (const Key& key : keys) {
    const auto octets = put_vector(b, key.octets);
    offsets.push_back(wire::CreateKey(b, static_cast<std::uint8_t>(key.use), key.algorithm, octets));
  }
  return put_vector(b, offsets);
}

void read_keys(Reader& r, std::vector<Key>& to, const WireVector<Offset<wire::Key>>* from, const char* field) {
  const std::size_t count = from == nullptr ? 0 : from->size();
  if (!r.require(count <= limits::kMembersKeysMax, field, "too many")) return;
  for (std::size_t i = 0; i < count; ++i) {
    const wire::Key& key = *from->Get(static_cast<flatbuffers::uoffset_t>(i));
    Key& out = to.emplace_back();
    r.number(out.use, key.use(), field);
    out.algorithm = key.algorithm();
    r.require(out.algorithm != 0, field, "a key without an algorithm");
    r.bytes(out.octets, key.octets(), field, 1, limits::kPublicKeyBytesMax);
  }
}

Offset<wire::Genesis> put_body(Builder& b, const Genesis& body) {
  const auto origin = put_text(b, body.origin);
  const auto root_manager = put_name(b, body.root_manager);
  const auto names = put_text(b, body.names);
  const auto root_keys = put_keys(b, body.root_keys);
  const auto broker_keys = put_keys(b, body.broker_keys);
  const auto previous_head = put_vector(b, body.previous_head);
  const auto previous_registry = wire_of(body.previous_registry);
  return wire::CreateGenesis(b, origin, body.suite, root_manager, names, root_keys, broker_keys, previous_head,
                             &previous_registry);
}

void read_body(Reader& r, Genesis& to, const wire::Genesis& from) {
  r.origin(to.origin, from.origin(), "origin");
  to.suite = from.suite();
  r.require(to.suite != 0, "suite", "missing");
  r.name(to.root_manager, from.root_manager(), "root_manager");
  read_text(r, to.names, from.names(), "names");
  read_keys(r, to.root_keys, from.root_keys(), "root_keys");
  read_keys(r, to.broker_keys, from.broker_keys(), "broker_keys");
  r.bytes(to.previous_head, from.previous_head(), "previous_head", 0, limits::kNoteBytesMax);
  r.octets(to.previous_registry, from.previous_registry(), "previous_registry");
}

Offset<wire::Member> put_body(Builder& b, const Member& body) {
  const auto names = put_text(b, body.names);
  const auto keys = put_keys(b, body.keys);
  wire::MemberBuilder t(b);
  t.add_names(names);
  t.add_keys(keys);
  t.add_valid_from(body.valid_from.us);
  if (body.valid_until) t.add_valid_until(body.valid_until->us);
  t.add_office_signatures(body.office_signatures);
  return t.Finish();
}

void read_body(Reader& r, Member& to, const wire::Member& from) {
  read_text(r, to.names, from.names(), "names");
  read_keys(r, to.keys, from.keys(), "keys");
  r.instant(to.valid_from, from.valid_from(), "valid_from");
  r.instant(to.valid_until, from.valid_until(), "valid_until");
  to.office_signatures = from.office_signatures();
  r.require(to.office_signatures >= 1, "office_signatures", "none");
}

Offset<wire::Application> put_body(Builder& b, const Application& body) {
  const auto member = put_name(b, body.member);
  const auto names = put_text(b, body.names);
  return wire::CreateApplication(b, member, names);
}

void read_body(Reader& r, Application& to, const wire::Application& from) {
  r.name(to.member, from.member(), "member");
  read_text(r, to.names, from.names(), "names");
}

Offset<wire::Duty> put_body(Builder& b, const Duty& body) {
  const auto names = put_text(b, body.names);
  const auto source_document = put_text(b, body.source_document);
  const auto holder = put_name(b, body.holder);
  return wire::CreateDuty(b, names, source_document, holder);
}

void read_body(Reader& r, Duty& to, const wire::Duty& from) {
  read_text(r, to.names, from.names(), "names");
  read_text(r, to.source_document, from.source_document(), "source_document");
  r.name(to.holder, from.holder(), "holder");
}

Offset<wire::Vocabulary> put_body(Builder& b, const Vocabulary& body) {
  const auto id = put_text(b, body.id);
  const auto title = put_text(b, body.title);
  const auto article = put_text(b, body.article);
  const auto bases = put_names(b, body.bases);
  wire::VocabularyBuilder t(b);
  t.add_kind(static_cast<std::uint8_t>(body.kind));
  t.add_id(id);
  t.add_title(title);
  t.add_article(article);
  t.add_bases(bases);
  t.add_valid_from(body.valid_from.us);
  if (body.valid_until) t.add_valid_until(body.valid_until->us);
  return t.Finish();
}

void read_body(Reader& r, Vocabulary& to, const wire::Vocabulary& from) {
  r.number(to.kind, from.kind(), "kind");
  r.name_text(to.id, from.id(), "id");
  read_text(r, to.title, from.title(), "title");
  r.text(to.article, from.article(), "article", limits::kTextBytesMax, TextRule::kOneLine);
  r.names(to.bases, from.bases(), "bases", limits::kFieldsMax);
  r.instant(to.valid_from, from.valid_from(), "valid_from");
  r.instant(to.valid_until, from.valid_until(), "valid_until");
}

Offset<wire::CatalogueField> put_field(Builder& b, const CatalogueField& field) {
  const auto name = put_name(b, field.name);
  const auto meaning = put_text(b, field.meaning);
  const auto mask = put_text(b, field.mask);
  return wire::CreateCatalogueField(b, name, static_cast<std::uint8_t>(field.type), meaning, field.sensitivity,
                                    field.identifier, field.nullable, mask);
}

void read_field(Reader& r, CatalogueField& to, const wire::CatalogueField& from) {
  r.name(to.name, from.name(), "fields.name");
  r.number(to.type, from.type(), "fields.type");
  read_text(r, to.meaning, from.meaning(), "fields.meaning");
  to.sensitivity = from.sensitivity();
  r.require(to.sensitivity >= 1 && to.sensitivity <= kSensitivityMax, "fields.sensitivity", "not 1 to 4");
  to.identifier = from.identifier();
  to.nullable = from.nullable();
  r.name_text(to.mask, from.mask(), "fields.mask", Empty::kAllowed);
}

Offset<wire::Catalogue> put_body(Builder& b, const Catalogue& body) {
  std::vector<Offset<wire::CatalogueField>> field_offsets;
  field_offsets.reserve(body.fields.size());
  for (const CatalogueField& field : body.fields) field_offsets.push_back(put_field(b, field));
  const auto fields = put_vector(b, field_offsets);
  const auto dataset = put_name(b, body.dataset);
  const auto duty = put_name(b, body.duty);
  const auto system = put_name(b, body.system);
  const auto title = put_text(b, body.title);
  const auto summary = put_text(b, body.summary);
  const auto format = put_text(b, body.format);
  const auto update_cycle = put_text(b, body.update_cycle);
  const auto method = put_text(b, body.method);
  const auto lead_source = put_text(b, body.lead_source);
  const auto conditions = put_text(b, body.conditions);
  const auto legal_basis = put_name(b, body.legal_basis);
  wire::CatalogueBuilder t(b);
  t.add_dataset(dataset);
  t.add_duty(duty);
  t.add_system(system);
  t.add_title(title);
  t.add_summary(summary);
  t.add_format(format);
  t.add_update_cycle(update_cycle);
  t.add_method(method);
  t.add_lead_source(lead_source);
  t.add_sharing_class(static_cast<std::uint8_t>(body.sharing_class));
  t.add_conditions(conditions);
  t.add_legal_basis(legal_basis);
  t.add_fields(fields);
  t.add_rows_max(body.rows_max);
  t.add_rows_per_day(body.rows_per_day);
  t.add_day_offset(body.day_offset_minutes);
  return t.Finish();
}

void read_body(Reader& r, Catalogue& to, const wire::Catalogue& from) {
  r.dataset(to.dataset, from.dataset(), "dataset");
  r.name(to.duty, from.duty(), "duty");
  r.name(to.system, from.system(), "system");
  read_text(r, to.title, from.title(), "title");
  read_prose(r, to.summary, from.summary(), "summary");
  r.name_text(to.format, from.format(), "format");
  r.name_text(to.update_cycle, from.update_cycle(), "update_cycle");
  r.name_text(to.method, from.method(), "method");
  r.text(to.lead_source, from.lead_source(), "lead_source", limits::kTextBytesMax, TextRule::kOneLine);
  r.number(to.sharing_class, from.sharing_class(), "sharing_class");
  read_prose(r, to.conditions, from.conditions(), "conditions");
  r.name(to.legal_basis, from.legal_basis(), "legal_basis", Empty::kAllowed);
  const std::size_t count = from.fields() == nullptr ? 0 : from.fields()->size();
  if (!r.require(count >= 1 && count <= limits::kFieldsMax, "fields", "not 1 to 256 of them")) return;
  to.fields.reserve(count);
  for (std::size_t i = 0; i < count; ++i)
    read_field(r, to.fields.emplace_back(), *from.fields()->Get(static_cast<flatbuffers::uoffset_t>(i)));
  std::vector<std::string_view> names;
  for (const CatalogueField& field : to.fields) names.push_back(field.name.text);
  r.require(all_different(names), "fields", "a name stands twice");
  to.rows_max = from.rows_max();
  to.rows_per_day = from.rows_per_day();
  to.day_offset_minutes = from.day_offset();
}

Offset<wire::PolicySet> put_body(Builder& b, const PolicySet& body) {
  const auto text = put_text(b, body.text);
  wire::PolicySetBuilder t(b);
  t.add_text(text);
  t.add_valid_from(body.valid_from.us);
  if (body.valid_until) t.add_valid_until(body.valid_until->us);
  return t.Finish();
}

void read_body(Reader& r, PolicySet& to, const wire::PolicySet& from) {
  r.text(to.text, from.text(), "text", limits::kPolicyBytesMax, TextRule::kLines);
  r.instant(to.valid_from, from.valid_from(), "valid_from");
  r.instant(to.valid_until, from.valid_until(), "valid_until");
}

Offset<wire::Agreement> put_body(Builder& b, const Agreement& body) {
  using MaskPair = std::pair<FieldName, std::string>;
  const auto agreement = put_name(b, body.agreement);
  const auto user = put_name(b, body.user);
  const auto owner = put_name(b, body.owner);
  const auto manager = put_name(b, body.manager);
  const auto dataset = put_name(b, body.dataset);
  const auto fields = put_names(b, body.fields);
  std::vector<std::uint8_t> action_numbers;
  for (const Action action : body.actions) action_numbers.push_back(static_cast<std::uint8_t>(action));
  const auto actions = put_vector(b, action_numbers);
  const auto purposes = put_names(b, body.purposes);
  const auto legal_basis = put_name(b, body.legal_basis);
  const auto user_duty = put_name(b, body.user_duty);
  const auto terms = put_text(b, body.terms);
  const auto row_filter = put_text(b, body.row_filter);
  const auto mask_fields =
      put_texts(b, body.masks, [](const MaskPair& mask) -> const std::string& { return mask.first.text; });
  const auto mask_names =
      put_texts(b, body.masks, [](const MaskPair& mask) -> const std::string& { return mask.second; });
  wire::AgreementBuilder t(b);
  t.add_agreement(agreement);
  t.add_user(user);
  t.add_owner(owner);
  t.add_manager(manager);
  t.add_dataset(dataset);
  t.add_fields(fields);
  t.add_actions(actions);
  t.add_purposes(purposes);
  t.add_legal_basis(legal_basis);
  t.add_user_duty(user_duty);
  t.add_terms(terms);
  t.add_row_filter(row_filter);
  t.add_mask_fields(mask_fields);
  t.add_mask_names(mask_names);
  t.add_rows_max(body.rows_max);
  t.add_rows_per_day(body.rows_per_day);
  t.add_valid_from(body.valid_from.us);
  if (body.valid_until) t.add_valid_until(body.valid_until->us);
  t.add_day_offset(body.day_offset_minutes);
  return t.Finish();
}

void read_actions(Reader& r, std::vector<Action>& to, const WireVector<std::uint8_t>* from) {
  const std::size_t count = from == nullptr ? 0 : from->size();
  if (!r.require(count >= 1 && count <= kActionsMax, "actions", "not 1 to 5 of them")) return;
  for (std::size_t i = 0; i < count; ++i) {
    Action action{};
    r.number(action, from->Get(static_cast<flatbuffers::uoffset_t>(i)), "actions");
    for (const Action other : to) r.require(other != action, "actions", "stands twice");
    to.push_back(action);
  }
}

void read_body(Reader& r, Agreement& to, const wire::Agreement& from) {
  r.name(to.agreement, from.agreement(), "agreement");
  r.name(to.user, from.user(), "user");
  r.name(to.owner, from.owner(), "owner");
  r.name(to.manager, from.manager(), "manager");
  r.dataset(to.dataset, from.dataset(), "dataset");
  r.names(to.fields, from.fields(), "fields", limits::kFieldsMax);
  r.require(!to.fields.empty(), "fields", "none");
  read_actions(r, to.actions, from.actions());
  r.names(to.purposes, from.purposes(), "purposes", limits::kFieldsMax);
  r.require(!to.purposes.empty(), "purposes", "none");
  r.name(to.legal_basis, from.legal_basis(), "legal_basis");
  r.name(to.user_duty, from.user_duty(), "user_duty");
  read_prose(r, to.terms, from.terms(), "terms");
  r.text(to.row_filter, from.row_filter(), "row_filter", limits::kRowFilterBytesMax, TextRule::kOneLine);
  r.masks(from.mask_fields(), from.mask_names(),
          [&to](FieldName field, std::string mask) { to.masks.emplace_back(std::move(field), std::move(mask)); });
  to.rows_max = from.rows_max();
  to.rows_per_day = from.rows_per_day();
  r.instant(to.valid_from, from.valid_from(), "valid_from");
  r.instant(to.valid_until, from.valid_until(), "valid_until");
  to.day_offset_minutes = from.day_offset();
}

Offset<wire::Approval> put_body(Builder& b, const Approval& body) {
  const auto agreement = put_name(b, body.agreement);
  const auto statement = wire_of(body.statement);
  return wire::CreateApproval(b, agreement, &statement, static_cast<std::uint8_t>(body.role));
}

void read_body(Reader& r, Approval& to, const wire::Approval& from) {
  r.name(to.agreement, from.agreement(), "agreement");
  r.octets(to.statement, from.statement(), "statement");
  r.number(to.role, from.role(), "role");
}

template <class Enum>
std::uint8_t number_of(const std::optional<Enum>& value) {
  return value ? static_cast<std::uint8_t>(*value) : std::uint8_t{0};
}

Offset<wire::AgreementState> put_body(Builder& b, const AgreementState& body) {
  const auto agreement = put_name(b, body.agreement);
  const auto reason = put_name(b, body.reason);
  const auto points = put_text(b, body.points);
  const auto statement = wire_of(body.statement);
  return wire::CreateAgreementState(b, agreement, static_cast<std::uint8_t>(body.change), reason,
                                    body.statement.is_zero() ? nullptr : &statement, number_of(body.silent),
                                    number_of(body.decision), points);
}

void read_body(Reader& r, AgreementState& to, const wire::AgreementState& from) {
  r.name(to.agreement, from.agreement(), "agreement");
  r.number(to.change, from.change(), "change");
  r.name(to.reason, from.reason(), "reason");
  if (from.statement() != nullptr) r.octets(to.statement, from.statement(), "statement");
  if (from.silent() != 0) r.number(to.silent.emplace(), from.silent(), "silent");
  if (from.decision() != 0) r.number(to.decision.emplace(), from.decision(), "decision");
  read_prose(r, to.points, from.points(), "points");
}

// Head and the whole.

Offset<wire::StatementHead> put_head(Builder& b, const StatementHead& head) {
  const auto subject = put_text(b, head.subject);
  const auto author = put_name(b, head.author);
  const auto network = wire_of(head.network);
  const auto previous = wire_of(head.previous);
  return wire::CreateStatementHead(b, &network, static_cast<std::uint8_t>(head.kind), subject, head.version, &previous,
                                   author, static_cast<std::uint8_t>(head.role), head.time.us);
}

Status check_subject(std::string_view text) {
  bool good = !text.empty() && text.size() <= kSubjectBytesMax;
  for (char c : text)
    good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-' || c == '/');
  if (good) return {};
  return fail(ErrorKind::kFix, "not a subject: 1 to 160 of a-z, 0-9, '.', '_', '-' and '/'");
}

void read_head(Reader& r, StatementHead& to, const wire::StatementHead* from) {
  if (!r.require(from != nullptr, "head", "missing")) return;
  r.octets(to.network, from->network(), "head.network");
  r.number(to.kind, from->kind(), "head.kind");
  r.text(to.subject, from->subject(), "head.subject", kSubjectBytesMax, TextRule::kOneLine);
  if (auto good = check_subject(to.subject); !good) r.require(false, "head.subject", good.error().what);
  to.version = from->version();
  r.require(to.version >= 1, "head.version", "missing");
  r.octets(to.previous, from->previous(), "head.previous");
  r.name(to.author, from->author(), "head.author");
  r.number(to.role, from->role(), "head.role");
  r.instant(to.time, from->time(), "head.time");
}

template <class Value, class Table>
void read_as(Reader& r, StatementBody& to, const Table* from) {
  if (r.require(from != nullptr, "body", "missing")) read_body(r, to.emplace<Value>(), *from);
}

void read_union(Reader& r, StatementBody& to, const wire::Statement& from) {
  switch (from.body_type()) {
    case wire::Body::Genesis: return read_as<Genesis>(r, to, from.body_as_Genesis());
    case wire::Body::Member: return read_as<Member>(r, to, from.body_as_Member());
    case wire::Body::Application: return read_as<Application>(r, to, from.body_as_Application());
    case wire::Body::Duty: return read_as<Duty>(r, to, from.body_as_Duty());
    case wire::Body::Vocabulary: return read_as<Vocabulary>(r, to, from.body_as_Vocabulary());
    case wire::Body::Catalogue: return read_as<Catalogue>(r, to, from.body_as_Catalogue());
    case wire::Body::PolicySet: return read_as<PolicySet>(r, to, from.body_as_PolicySet());
    case wire::Body::Agreement: return read_as<Agreement>(r, to, from.body_as_Agreement());
    case wire::Body::Approval: return read_as<Approval>(r, to, from.body_as_Approval());
    case wire::Body::AgreementState: return read_as<AgreementState>(r, to, from.body_as_AgreementState());
    case wire::Body::NONE: break;
  }
  r.require(false, "body", "of a kind that this version does not know");
}

static_assert(static_cast<int>(wire::Body::Genesis) == static_cast<int>(StatementKind::kGenesis) &&
                  static_cast<int>(wire::Body::AgreementState) == static_cast<int>(StatementKind::kAgreementState),
              "the union numbers its bodies as StatementKind does");

}  // namespace

Bytes encode(const Statement& value) {
  Builder& b = builder();
  const auto body = std::visit([&b](const auto& of_kind) { return put_body(b, of_kind).Union(); }, value.body);
  const auto head = put_head(b, value.head);
  wire::StatementBuilder t(b);
  t.add_head(head);
  t.add_body_type(static_cast<wire::Body>(value.body.index() + 1));
  t.add_body(body);
  return finish(b, t.Finish(), kStatementShape);
}

template <>
Result<Statement> decode<Statement>(ByteView bytes) {
  TRY_ASSIGN(const wire::Statement* t, open<wire::Statement>(bytes, kStatementShape));
  Reader r(kStatementShape);
  Statement value;
  read_head(r, value.head, t->head());
  if (value.head.kind > StatementKind::kAgreementState)
    r.require(false, "head.kind", "statements of this kind are not built yet");
  r.require(static_cast<std::uint8_t>(t->body_type()) == static_cast<std::uint8_t>(value.head.kind), "body",
            "of another kind than the head says");
  read_union(r, value.body, *t);
  return r.done(std::move(value));
}

Bytes encode(const std::vector<StatementSignature>& value) {
  Builder& b = builder();
  std::vector<Offset<wire::Signature>> offsets;
  offsets.reserve(value.size());
  for (const StatementSignature& signature : value) {
    const auto member = put_name(b, signature.member);
    const auto octets = put_vector(b, signature.signature);
    const auto key = wire_of(signature.key);
    offsets.push_back(wire::CreateSignature(b, static_cast<std::uint8_t>(signature.role), member, &key, octets));
  }
  const auto signatures = put_vector(b, offsets);
  return finish(b, wire::CreateSignatures(b, signatures), kSignaturesShape);
}

template <>
Result<std::vector<StatementSignature>> decode<std::vector<StatementSignature>>(ByteView bytes) {
  TRY_ASSIGN(const wire::Signatures* t, open<wire::Signatures>(bytes, kSignaturesShape));
  Reader r(kSignaturesShape);
  std::vector<StatementSignature> value;
  const std::size_t count = t->signatures() == nullptr ? 0 : t->signatures()->size();
  if (r.require(count <= limits::kSignaturesMax, "signatures", "too many"))
    for (std::size_t i = 0; i < count; ++i) {
      const wire::Signature& from = *t->signatures()->Get(static_cast<flatbuffers::uoffset_t>(i));
      StatementSignature& to = value.emplace_back();
      r.number(to.role, from.role(), "role");
      r.name(to.member, from.member(), "member");
      r.octets(to.key, from.key(), "key");
      r.bytes(to.signature, from.signature(), "signature", kSignatureBytes, kSignatureBytes);
    }
  return r.done(std::move(value));
}

}  // namespace steelyard::schemas
