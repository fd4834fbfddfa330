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
  std::string kind, id, title_zh, title_en, article, bases;
};

Status add_term(Terminal& terminal, const TermOptions& options) {
  using schemas::VocabularyKind;
  if (auto good = check_name(options.id); !good) return usage(good.error().what);
  schemas::Vocabulary body;
  bool known = false;
  for (const VocabularyKind kind : {VocabularyKind::kPurpose, VocabularyKind::kBasis, VocabularyKind::kReason}) {
    if (schemas::name_of(kind) != options.kind) continue;
    body.kind = kind;
    known = true;
  }
  if (!known) return usage("`" + options.kind + "` is no kind of term: purpose, basis or reason");
  body.id = options.id;
  body.title = {options.title_zh, options.title_en};
  body.article = options.article;
  for (const std::string& basis : split(options.bases, ',')) {
    if (auto good = check_name(basis); !good) return usage("--bases: " + good.error().what);
    body.bases.emplace_back(basis);
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

Result<json::Value> show(const exchange::Registry& registry, const std::string& id) {
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
  register_term(noun);
  declare_list(noun, "the datasets", list);
  declare_show(noun, "a dataset with its fields", show);
}

}  // namespace steelyard::cli
