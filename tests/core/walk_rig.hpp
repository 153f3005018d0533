// Staff who walk through the cabinet of the rig, and what they are told at the end.
#pragma once

#include <optional>
#include <string>

#include "tests/core/rig.hpp"

namespace lucheng::test {

inline const auto staff_person = protocol::PersonId::of("wang");

void log_in(Rig& cabinet);
std::optional<Reason> walk(Rig& cabinet);
void shut(Rig& cabinet, int number);
// Looks behind the open door and says this of it.
std::optional<Reason> say_of(Rig& cabinet, int number, Answer word = Answer::done);
void deposit(Rig& cabinet, const Parcel& parcel = {});
// Returns behind door 1, the courier gone.
void bring_books(Rig& cabinet);
[[nodiscard]] core::Screen screen_of(const Rig& cabinet);
// "4 as told of 5, whole; 3 missing", or nothing.
[[nodiscard]] std::string report_of(const Rig& cabinet);
// What the record says of walks: "walk_found 1 missing; walked whole 4/1/0/0".
[[nodiscard]] std::string told(const Rig& cabinet);
// Something was adopted, behind door 1 of an empty ledger.
void adopt(Rig& cabinet);

}  // namespace lucheng::test
