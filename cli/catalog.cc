// steelyard catalog: publishes datasets and vocabulary; lists and shows them.
#include "cli/desk.h"
#include "cli/documents.h"
#include "cli/statement_text.h"
#include "cli/value_text.h"
#include "cli/verbs.h"

namespace steelyard::cli {
namespace {

struct PublishOptions {
  Making making;
  std::string file;
};

Status publish(Terminal& terminal, const PublishOptions& options) {
  TRY_ASSIGN(config::Table file, config::read_file(options.file));
  TRY_ASSIGN(schemas::Catalogue body, read_dataset(file));
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  const MemberId& member = desk.office.member;
  const std::string subject = body.dataset.text;
  const schemas::Role role = owner_of(body.dataset) == member ? schemas::Role::kOwner : schemas::Role::kManager;
  return make_statement(terminal, desk, options.making, schemas::StatementKind::kCatalogue, subject, role,
                        std::move(body));
}

struct TermOptions {
  Making making;
  std::string kind, id, title_zh, title_en, article, bases, at;
};

Result<schemas::VocabularyKind> kind_of(const std::string& name) {
  using schemas::VocabularyKind;
  for (const VocabularyKind kind : {VocabularyKind::kPurpose, VocabularyKind::kBasis, VocabularyKind::kReason})
    if (schemas::name_of(kind) == name) return kind;
  return usage("`" + name + "` is no kind of term: purpose, basis or reason");
}

// A law is repealed: the fold suspends what stood on it.
Status end_term(Terminal& terminal, const TermOptions& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  TRY_ASSIGN(const schemas::VocabularyKind kind, kind_of(options.kind));
  Instant end = terminal.clock.wall();
  if (!options.at.empty()) {
    auto at = instant_from_rfc3339(options.at);
    if (!at) return usage("--at: " + at.error().what);
    end = *at;
  }
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  const auto* term = desk.registry().term(kind, options.id);
  if (term == nullptr) return usage("there is no " + options.kind + " `" + options.id + "`");
  schemas::Vocabulary body = term->statement;
  body.valid_until = end;
  return make_statement(terminal, desk, options.making, schemas::StatementKind::kVocabulary,
                        options.kind + "/" + options.id, schemas::Role::kRootManager, std::move(body));
}

Status add_term(Terminal& terminal, const TermOptions& options) {
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  schemas::Vocabulary body;
  TRY_ASSIGN(body.kind, kind_of(options.kind));
  body.id = options.id;
  body.title = {options.title_zh, options.title_en};
  body.article = options.article;
  if (!options.bases.empty()) {
    TRY_ASSIGN(body.bases, names_of<BasisId>(options.bases, "--bases"));
  }
  body.valid_from = terminal.clock.wall();
  TRY_ASSIGN(Desk desk, open_desk(terminal, options.making));
  return make_statement(terminal, desk, options.making, schemas::StatementKind::kVocabulary,
                        options.kind + "/" + options.id, schemas::Role::kRootManager, std::move(body));
}

Table list(const exchange::Registry& registry, Instant) {
  Table table{{"dataset", "title_zh", "title_en", "class", "fields", "entry"}, {}};
  for (const DatasetId& id : registry.datasets()) {
    const auto& dataset = *registry.dataset(id);
    table.rows.push_back({id.text, dataset.statement.title.zh, dataset.statement.title.en,
                          schemas::name_of(dataset.statement.sharing_class), dataset.statement.fields.size(),
                          index_value(dataset.number)});
  }
  return table;
}

Result<json::Value> show(const exchange::Registry& registry, const std::string& id, Instant) {
  const auto* dataset = registry.dataset(DatasetId(id));
  if (dataset == nullptr) return usage("there is no dataset `" + id + "` in the catalogue");
  json::Value value = describe_body(dataset->statement);
  value.set("entry", index_value(dataset->number));
  return value;
}

void register_term(Command& noun) {
  Command term = noun.verb("term", "registers purposes, legal bases and reasons");
  auto options = std::make_shared<TermOptions>();
  Command command =
      term.verb("add", "registers one term of the vocabulary",
                "  steelyard catalog term add basis tax-law-15 --title-zh 个人所得税法第十五条 \\\n"
                "      --title-en \"Tax Law, article 15\" --article 15 --home data-bureau-office\n"
                "  steelyard catalog term add purpose tax-relief --title-zh 专项附加扣除核验 \\\n"
                "      --title-en \"Checking tax relief\" --bases tax-law-15 --home data-bureau-office\n");
  command.required("kind", options->kind, "purpose, basis or reason");
  command.required("id", options->id, "the term's id");
  command.required("--title-zh", options->title_zh, "its title in Chinese");
  command.required("--title-en", options->title_en, "its title in English");
  command.option("--article", options->article, "of a basis: the article");
  command.option("--bases", options->bases, "of a purpose: the bases that carry it, a,b,c");
  options->making.declare(command);
  command.runs([options](Terminal& terminal) { return add_term(terminal, *options); });

  auto ending = std::make_shared<TermOptions>();
  Command ends = term.verb("end", "ends a term's validity; agreements on a basis that has ended are suspended",
                           "  steelyard catalog term end basis tax-law-15 --home data-bureau-office\n");
  ends.required("kind", ending->kind, "purpose, basis or reason");
  ends.required("id", ending->id, "the term's id");
  ends.option("--at", ending->at, "the end; without it: now");
  ending->making.declare(ends);
  ends.runs([ending](Terminal& terminal) { return end_term(terminal, *ending); });
}

}  // namespace

void register_catalog(Command& root) {
  Command noun = root.verb("catalog", "publishes datasets and vocabulary; lists and shows them");
  auto options = std::make_shared<PublishOptions>();
  Command command = noun.verb("publish", "publishes a dataset; owner and root manager sign",
                              "  steelyard catalog publish household.toml --home civil-affairs-office "
                              "--also-sign data-bureau-office\n");
  command.required("file", options->file, "description of the dataset (docs/cli.md)");
  options->making.declare(command);
  command.runs([options](Terminal& terminal) { return publish(terminal, *options); });
  register_catalog_import(noun);
  register_term(noun);
  declare_list(noun, "the datasets", list);
  declare_show(noun, "a dataset with its fields", show);
}

}  // namespace steelyard::cli
