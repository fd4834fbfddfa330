// Listening: a socket that connections come to, on a loopback address or in a file. Private to core/http.
//
// Owns: the listener; a socket in a file, which is taken away at the end. Threads: the loop's. Errors: kFix where the
// address does not serve, naming it; kStop where it cannot be listened on.
#pragma once

#include <event2/listener.h>

#include <memory>
#include <string>

#include "core/base/freed.h"
#include "core/base/result.h"
#include "core/http/request.h"

namespace steelyard::http {

class Listening {
 public:
  ~Listening();

  Status open(event_base* base, const std::string& where, Audience audience);  // as RequestServer::open() has it
  void on_connection(evconnlistener_cb accept, void* self);                    // rests where no descriptor is left
  void go_on() { evconnlistener_enable(listener_.get()); }
  const std::string& address() const { return address_; }

 private:
  Status open_address(event_base* base, const std::string& where, Audience audience);
  Status open_file(event_base* base, const std::string& where);

  std::unique_ptr<evconnlistener, Freed<evconnlistener_free>> listener_;
  std::string address_;
  std::string path_;  // made by us
};

}  // namespace steelyard::http
