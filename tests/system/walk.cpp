// Staff walk through the cabinet as built.
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include "tests/system/cabinet_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using protocol::FactKind;

namespace {

constexpr std::string_view staff_card = "04AA5500";

void log_in_staff(CabinetRig& rig) {
    protocol::Grant grant{.person = protocol::PersonId::of("wang"),
                          .role = protocol::PersonRole::staff};
    grant.secrets.cards = {std::string{staff_card}};
    REQUIRE(rig.ask(std::move(grant)).reason() == "");
    REQUIRE_FALSE(rig.show_card(staff_card).refusal);
}

bool shows(const CabinetRig& rig, std::string_view screen, std::uint16_t number) {
    const auto body = rig.get("/api/screen").body;
    return body.starts_with(
        fmt::format(R"({{"name":"{}","compartment":{},"purpose":"walk")", screen, number));
}

// Waits for this door, shuts it, and says this of it.
protocol::SpokenOutcome say_of(CabinetRig& rig, std::uint16_t number, std::string_view word) {
    rig.until([&] { return shows(rig, "open", number); }, "the door opens");
    rig.hand(number, "shut");
    rig.until([&] { return shows(rig, "walk_question", number); }, "the question");
    return rig.answer(word);
}

}  // namespace

TEST_CASE("staff walk through a cabinet without a network; what they found survives a kill") {
    RigOptions options;
    options.compartments = 4;
    CabinetRig rig{options};
    rig.start();
    rig.grant_courier();
    const auto place = rig.assign("d-1", "20481024").compartment();
    REQUIRE(place == 1);
    rig.deposit("d-1", place);
    log_in_staff(rig);
    rig.broker.stop();

    REQUIRE_FALSE(rig.post("/api/walk", "{}").refusal);
    rig.until([&] { return shows(rig, "open", 1); }, "the first door opens");
    rig.hand(1, "take");
    CHECK_FALSE(say_of(rig, 1, "missing").refusal);
    const auto refused = say_of(rig, 2, "still_there").refusal;
    REQUIRE(refused);
    CHECK(refused->reason == protocol::Reason::sensed_empty);
    CHECK_FALSE(rig.answer("done").refusal);
    rig.until([&] { return shows(rig, "open", 3); }, "the third door opens");
    const auto pulses = rig.pulses();
    rig.kill();

    rig.start_alone();
    CHECK(rig.state_of("d-1") == "disputed");
    rig.hand(3, "shut");
    REQUIRE_FALSE(rig.show_card(staff_card).refusal);
    CHECK(rig.pulses() == pulses);

    REQUIRE_FALSE(rig.post("/api/walk", "{}").refusal);
    rig.until([&] { return shows(rig, "open", 1); }, "the first door opens again");
    rig.hand(1, "put");
    for (std::uint16_t number = 1; number <= 4; ++number) {
        CHECK_FALSE(say_of(rig, number, "done").refusal);
    }
    const auto report = rig.get("/api/screen").body;
    CHECK(report.find(R"("walk":{"total":4,"as_told":4,"whole":true,"found":[]})") !=
          std::string::npos);
    CHECK(rig.state_of("d-1") == "stored");

    rig.broker.start();
    CHECK(rig.peer().connect());
    const auto journal = rig.whole_journal();
    CHECK(count(journal.entries, FactKind::walk_found) == 1);
    CHECK(count(journal.entries, FactKind::walked) == 1);
    CHECK(count(journal.entries, FactKind::resolved) == 1);
}
