// Ref<T>: shared ownership of an immutable object, counted inside the object.
//
// Owns: T derives from Counted and is deleted with its last Ref; a moved-from Ref is empty and may only be assigned to,
// asked whether it is, or destroyed. Threads: objects are immutable, counts are atomic, so Refs may cross threads; one
// Ref may not be shared while it changes. Errors: none.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace steelyard::policy {

struct Counted {
  Counted() = default;
  Counted(const Counted&) {}  // a copy is an object of its own
  Counted& operator=(const Counted&) = delete;

  // For whoever keeps a pointer without owning: false if the last owner is gone already.
  bool own_too() const {
    std::uint32_t now = owners.load(std::memory_order_relaxed);
    while (now != 0)
      if (owners.compare_exchange_weak(now, now + 1, std::memory_order_acquire)) return true;
    return false;
  }

  mutable std::atomic<std::uint32_t> owners{1};
};

template <class T>
class Ref {
 public:
  Ref() = default;  // empty
  // Takes over one count: the one that a new object starts with, or that of own_too().
  explicit Ref(const T* fresh) : object_(fresh) {}
  Ref(const Ref& other) : object_(other.object_) {
    if (object_ != nullptr) object_->owners.fetch_add(1, std::memory_order_relaxed);
  }
  Ref(Ref&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(object_, other.object_);
    return *this;
  }
  ~Ref() {
    if (object_ != nullptr && object_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) delete object_;
  }

  const T& operator*() const { return *object_; }
  const T* operator->() const { return object_; }
  const T* get() const { return object_; }
  explicit operator bool() const { return object_ != nullptr; }
  bool same_as(const Ref& other) const { return object_ == other.object_; }

  // The object to change, for whoever made it: where others own it too it is copied first, and theirs stays as it was.
  T& own() {
    if (object_->owners.load(std::memory_order_acquire) != 1) *this = Ref(new T(*object_));
    return const_cast<T&>(*object_);
  }

 private:
  const T* object_ = nullptr;
};

}  // namespace steelyard::policy
