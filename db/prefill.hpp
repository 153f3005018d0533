// A journal as years of service leave it, for measurements. No part of serving.
#pragma once

#include <cstdint>

#include "db/store.hpp"

namespace lucheng::db {

// Appends `count` valid entries to the database of `options`, made where missing, in a few large
// transactions. `from` is the time of the first; each is a second later than the one before.
// `sent`: as if the broker had them all, so that none is an outbox's.
void prefill_journal(const Options& options, std::uint64_t count, protocol::WallTime from,
                     bool sent = true);

}  // namespace lucheng::db
