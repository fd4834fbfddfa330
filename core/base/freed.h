// Freed<f>: the deleter of a C library's handle, for std::unique_ptr: Freed<EVP_PKEY_free>.
#pragma once

namespace steelyard {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* handle) const {
    Free(handle);
  }
};

}  // namespace steelyard
