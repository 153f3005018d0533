// A journal as years of service leave it, for measurements. No part of serving.
#pragma once

#include <cstdint>

#include "db/store.hpp"

namespace lucheng::db {

// Appends `count` valid entries to the database of `options`, made where missing, in a few large
// transactions. `from` is the time of the first; each is a second later than the one before.
void prefill_journal(const Options& options, std::uint64_t count, protocol::WallTime from);

}  // namespace lucheng::db
