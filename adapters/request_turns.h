// RequestTurns: requests that wait for this owner, each behind its grant, and how many of them are served at a time.
//
// Users take turns, so that who has thousands waiting delays another's request by one of its own. A slice is what may
// be served before answers leave, pings are answered and more is read: as many as take about kSliceTime, found out by
// what earlier ones took. One slice is one commit of the ledger and one bundle of answers, so it is not smaller than
// that.
//
// Owns: the messages. Threads: one. Errors: none.
#pragma once

#include <cstddef>
#include <vector>

#include "core/base/ids.h"
#include "core/base/limits.h"
#include "core/base/time.h"
#include "core/base/turns.h"
#include "core/client/node.h"

namespace steelyard::adapters {

class RequestTurns {
 public:
  static constexpr Duration kSliceTime = milliseconds(10);
  static constexpr std::size_t kSliceMax = 256;  // of one commit and one bundle: more amortises little

  // Of what waits and of what has just come. What fits one slice, with nothing waiting, is that slice: no turns to
  // take.
  std::vector<client::Incoming> next_slice(std::vector<client::Incoming> incoming);

  // Whatever is neither a request nor the broker's grant is not kept, nor is a request beyond
  // limits::kRequestsWaitingMax: its user repeats it.
  void push(client::Incoming message);
  std::vector<client::Incoming> take_slice();
  void served(Duration took);  // the slice taken last

  bool empty() const { return waiting_.empty(); }
  bool full() const { return waiting_.size() >= limits::kRequestsWaitingMax; }

 private:
  Turns<MemberId, std::vector<client::Incoming>> waiting_;  // by their users
  std::vector<client::Incoming> grants_;                    // whose request comes next
  std::size_t slice_ = 1;                                   // so many requests are served at a time
  std::size_t taken_ = 0;
};

}  // namespace steelyard::adapters
