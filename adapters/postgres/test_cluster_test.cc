// What test_cluster.h declares; a file for tests, as they alone are built of *_test.cc.
#include <dirent.h>
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "adapters/postgres/test_cluster.h"
#include "core/base/check.h"

namespace steelyard::adapters {
namespace {

constexpr int kStartTries = 4'000;  // of 50 ms and more: machines may be busy

PGconn* connect(const std::string& url) { return PQconnectdb(url.c_str()); }

void execute(PGconn* connection, const std::string& sql) {
  PGresult* result = PQexec(connection, sql.c_str());
  const auto status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) std::fprintf(stderr, "%s\n", PQerrorMessage(connection));
  CHECK(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK);
  PQclear(result);
}

std::string url_of(const std::string& folder, const char* user) {
  return "postgresql://" + std::string(user) + "@/postgres?host=" + folder;
}

}  // namespace

TestCluster::TestCluster() {
  start();
  write(
      "CREATE ROLE reader LOGIN; CREATE COLLATION nocase (provider = icu, locale = 'und-u-ks-level2', "
      "deterministic = false)");
}

TestCluster::~TestCluster() { stop(); }

void TestCluster::start() {
  const std::string folder = folder_.path();
  server_ = ::fork();
  CHECK(server_ >= 0);
  if (server_ == 0) {
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execl("/usr/bin/python3", "python3", "deploy/temporary_postgres.py", folder.c_str(), "fsync=off",
            "max_connections=20", "shared_buffers=16MB", "client_min_messages=warning", static_cast<char*>(nullptr));
    ::_exit(127);
  }
  for (int tries = 0; PQping(url_of(folder, "owner").c_str()) != PQPING_OK; ++tries) {
    CHECK(tries < kStartTries);
    CHECK(::waitpid(server_, nullptr, WNOHANG) == 0);  // its words are on standard error
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

void TestCluster::stop() {
  ::kill(server_, SIGINT);
  CHECK(::waitpid(server_, nullptr, 0) == server_);
}

void TestCluster::freeze(bool frozen) {
  const int signal = frozen ? SIGSTOP : SIGCONT;
  DIR* processes = ::opendir("/proc");
  CHECK(processes != nullptr);
  while (const dirent* entry = ::readdir(processes)) {
    const pid_t pid = static_cast<pid_t>(std::atoi(entry->d_name));
    if (pid <= 0) continue;
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string words;
    std::getline(stat, words);
    const auto end_of_name = words.rfind(')');
    if (end_of_name == std::string::npos || words.size() < end_of_name + 4) continue;
    if (pid == server_ || std::atoi(words.c_str() + end_of_name + 4) == server_) ::kill(pid, signal);
  }
  ::closedir(processes);
}

void TestCluster::write(const std::string& sql) {
  PGconn* connection = connect(url_of(folder_.path(), "owner"));
  execute(connection, sql);
  PQfinish(connection);
}

std::shared_ptr<void> TestCluster::hold(const std::string& sql) {
  PGconn* connection = connect(url_of(folder_.path(), "owner"));
  execute(connection, "BEGIN; " + sql);
  return {connection, [](void* open) { PQfinish(static_cast<PGconn*>(open)); }};
}

std::string TestCluster::text(const std::string& sql) {
  PGconn* connection = connect(url_of(folder_.path(), "owner"));
  PGresult* result = PQexec(connection, sql.c_str());
  CHECK(PQresultStatus(result) == PGRES_TUPLES_OK && PQntuples(result) > 0);
  std::string text = PQgetvalue(result, 0, 0);
  for (int row = 1; row < PQntuples(result); ++row) text.append("\n").append(PQgetvalue(result, row, 0));
  PQclear(result);
  PQfinish(connection);
  return text;
}

std::string TestCluster::url() const { return url_of(folder_.path(), "reader"); }

TestCluster& test_cluster() {
  static TestCluster cluster;
  return cluster;
}

TEST(TestCluster, RunsOnItsOwnSocketAlone) {
  EXPECT_EQ(test_cluster().text("SHOW listen_addresses"), "");
  EXPECT_EQ(test_cluster().text("SELECT current_user"), "owner");
}

}  // namespace steelyard::adapters
