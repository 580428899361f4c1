#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "edge_proxy/config/config.h"
#include "edge_proxy/stream/pace.h"

namespace causeway::edge::s2s {

// How fast authenticated streams are read: each one, and all of a domain together, whichever thread
// they are on. One for all threads; its lock is taken once in a stream's life.
//
// A stream counts for the domain that it proved first, further ones are guests on it.
class Governor {
 public:
  explicit Governor(const config::Limits& limits);

  // For a stream of this domain.
  std::unique_ptr<stream::Pace> pace(std::string_view domain);

  // Domains that are remembered.
  std::size_t size() const;

 private:
  void forget_those_without_streams() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const stream::Speed of_stream_;
  const stream::Speed of_domain_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<stream::Traffic>> domains_
      ABSL_GUARDED_BY(mutex_);
  std::size_t sweep_at_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace causeway::edge::s2s
