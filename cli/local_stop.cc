#include "cli/local_stop.h"

#include <unistd.h>

#include <cerrno>

#include "cli/command.h"
#include "cli/folder.h"
#include "core/base/ids.h"
#include "core/base/os_reason.h"
#include "core/config/config.h"
#include "core/store/durable_file.h"

namespace steelyard::cli {
namespace {

std::string folder_in(const std::string& state) { return join(state, "suspended"); }

}  // namespace

Result<LocalStop> LocalStop::of(const std::string& adapter_dir, const std::string& agreement) {
  if (auto good = check_name(agreement); !good) return usage(good.error().what);
  LocalStop stop;
  stop.agreement_ = agreement;
  for (const char* name : {"adapter.toml", "identity.toml"}) {
    const std::string path = join(adapter_dir, name);
    TRY_ASSIGN(const bool there, store::exists(path));
    if (!there) continue;
    TRY_ASSIGN(const config::Table file, config::read_file(path));
    if (!file.has("seal_key")) return usage("--adapter: " + path + " is no adapter's: it names no `seal_key`");
    TRY_ASSIGN(const MemberId member, file.id<MemberId>("member"));
    stop.member_ = member.text;
    TRY_ASSIGN(stop.state_, file.path("state", "state"));
    return stop;
  }
  return usage("--adapter: there is no adapter.toml or identity.toml in " + adapter_dir +
               ": name the folder of the owner's adapter");
}

std::string LocalStop::path() const { return join(folder_in(state_), agreement_); }

Status LocalStop::put() {
  TRY(store::make_dir(state_, 0700));
  TRY(store::make_dir(folder_in(state_), 0700));
  TRY_ASSIGN(const bool there, store::exists(path()));
  if (there) return {};
  TRY(store::write_file_durably(path(), {}, 0600));
  put_by_us_ = true;
  return {};
}

Status LocalStop::remove() {
  put_by_us_ = false;
  if (::unlink(path().c_str()) == 0) return store::sync_dir(folder_in(state_));
  if (errno == ENOENT || errno == ENOTDIR) return {};
  return fail(ErrorKind::kFix, "removing " + path() + ": " + os_reason(errno));
}

}  // namespace steelyard::cli
