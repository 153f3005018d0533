#include "tests/core/walk_rig.hpp"

#include <catch2/catch_test_macros.hpp>

namespace lucheng::test {

using protocol::FactKind;

void log_in(Rig& cabinet) {
    cabinet.send(protocol::Grant{.person = staff_person, .role = protocol::PersonRole::staff},
                 {.code = secret("800001"), .cards = {secret("STAFF")}});
    REQUIRE_FALSE(cabinet.code("800001"));
    REQUIRE(cabinet.screen() == "courier_list");
}

std::optional<Reason> walk(Rig& cabinet) {
    const auto decision = cabinet.feed(core::WalkAsked{});
    return decision.refusal ? std::optional{decision.refusal->reason} : std::nullopt;
}

void shut(Rig& cabinet, int number) {
    cabinet.shut(number);
    cabinet.wait(1s);
}

std::optional<Reason> say_of(Rig& cabinet, int number, Answer word) {
    CHECK(cabinet.screen() == "open " + std::to_string(number));
    shut(cabinet, number);
    CHECK(cabinet.screen() == "walk_question " + std::to_string(number));
    return cabinet.answer(word);
}

void deposit(Rig& cabinet, const Parcel& parcel) {
    cabinet.grant_courier();
    REQUIRE_FALSE(cabinet.assign(parcel));
    cabinet.code("900001");
    cabinet.choose(parcel.id);
    const int door = *cabinet.place(parcel.id);
    cabinet.put(door);
    shut(cabinet, door);
    if (cabinet.screen() == "confirm_deposit " + std::to_string(door)) {
        cabinet.answer(Answer::done);
    }
    cabinet.answer(Answer::leave);
    REQUIRE(cabinet.state(parcel.id) == DeliveryState::stored);
}

void bring_books(Rig& cabinet) {
    cabinet.bring("CARD-1");
    cabinet.put(1);
    shut(cabinet, 1);
    cabinet.answer(Answer::done);
    cabinet.wait(20s);
    REQUIRE(cabinet.returns() == "1 stored");
}

core::Screen screen_of(const Rig& cabinet) { return cabinet.cabinet.screen(cabinet.now); }

std::string report_of(const Rig& cabinet) {
    const auto screen = screen_of(cabinet);
    if (!screen.walk) return {};
    const auto& report = *screen.walk;
    auto line = std::to_string(report.as_told) + " of " + std::to_string(report.total);
    if (report.whole) line += " whole";
    for (const auto& one : report.found) {
        line += ", " + std::to_string(protocol::number_of(one.number)) + ' ';
        line += code_of(one.result);
        if (one.delivery) line += ' ' + one.delivery->str();
        if (one.returned) line += " return";
        if (one.reason) line += " (" + std::string{protocol::code_of(*one.reason)} + ')';
    }
    return line;
}

std::string told(const Rig& cabinet) {
    std::string line;
    for (const auto& fact : cabinet.journal) {
        if (fact.kind != FactKind::walk_found && fact.kind != FactKind::walked) continue;
        if (!line.empty()) line += "; ";
        line += protocol::code_of(fact.kind);
        if (fact.compartment) {
            line += ' ' + std::to_string(protocol::number_of(*fact.compartment));
        }
        line += ' ' + *fact.detail;
        if (fact.reason) line += " (" + std::string{protocol::code_of(*fact.reason)} + ')';
        CHECK(fact.person == staff_person);
        CHECK(fact.means == protocol::Means::local);
    }
    return line;
}

void adopt(Rig& cabinet) {
    cabinet.put(1);
    REQUIRE_FALSE(cabinet.send(
        protocol::Adopt{{.delivery = DeliveryId::of("D-9"), .patron = protocol::PersonId::of("P")},
                        CompartmentNumber{1}},
        {.code = secret("99998888")}));
    REQUIRE(cabinet.stored.cabinet.walk_needed);
}

}  // namespace lucheng::test
