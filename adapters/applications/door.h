// Door: what an application meets first: who is it, does the path exist, is the body JSON. Whoever shows no token costs
// the adapter's own thread nothing.
//
// Owns: the tokens. Threads: HTTP's. Errors: problems, sent at once. Format: docs/formats/http.md.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "adapters/applications/call.h"
#include "core/client/application_tokens.h"

namespace steelyard::adapters {

class Door {
 public:
  // `say` is told when the tokens' file cannot be read any more. Queue and clock outlive it.
  Door(client::ApplicationTokens tokens, CallQueue& queue, const Clock& clock,
       std::function<void(std::string_view line)> say)
      : tokens_(std::move(tokens)), queue_(&queue), clock_(&clock), say_(std::move(say)) {}

  void enter(http::Request request, http::Reply reply);

 private:
  std::optional<ApplicationId> application_of(const http::Request& request);

  client::ApplicationTokens tokens_;
  CallQueue* queue_;
  const Clock* clock_;
  std::function<void(std::string_view line)> say_;
};

}  // namespace steelyard::adapters
