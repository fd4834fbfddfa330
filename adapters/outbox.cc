// steelyard-adapter outbox: prints what an owner applies to its database, so that its dataset can be subscribed to.
#include "adapters/sqlite/outbox.h"
#include "adapters/dataset_map.h"
#include "adapters/verbs.h"
#include "schemas/errors.h"

namespace steelyard::adapters {

Result<Printed> run_outbox(const std::vector<std::string>& arguments) {
  if (arguments.size() != 1)
    return fail(schemas::error_of(schemas::code::usage, "name one map: say steelyard-adapter outbox MAP"));
  TRY_ASSIGN(const DatasetMap map, load_dataset_map(arguments.front()));
  TRY_ASSIGN(std::string sql, outbox_sql(map));
  return Printed{std::move(sql), {}, 0};
}

}  // namespace steelyard::adapters
