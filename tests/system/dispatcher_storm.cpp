// The reference dispatcher killed at many instants, and a broker that forgets everything.
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <map>
#include <set>

#include "tests/system/dispatcher_rig.hpp"
#include "tests/system/traffic.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using namespace std::chrono_literals;
using protocol::FactKind;

namespace {

// Every command that was ever published came with the same bytes each time.
std::size_t commands_with_two_bodies(CabinetRig& rig) {
    std::map<std::string, std::set<std::string>> bodies;
    for (const auto& message : rig.peer().received()) {
        if (message.topic != rig.topics.command) continue;
        const auto envelope = protocol::decode_envelope(message.payload);
        if (!envelope) continue;
        bodies[protocol::command_id_in(envelope.value().body).str()].insert(message.payload);
    }
    std::size_t found = 0;
    for (const auto& [id, several] : bodies) found += several.size() > 1 ? 1U : 0U;
    return found;
}

std::string verb_of(CabinetRig& rig, const protocol::CommandId& id) {
    for (const auto& message : rig.peer().received()) {
        if (message.topic != rig.topics.command) continue;
        const auto envelope = protocol::decode_envelope(message.payload);
        const auto command = protocol::decode_command(envelope.value().body);
        if (command.value().id == id) return std::string{protocol::name_of(command.value().verb)};
    }
    return {};
}

}  // namespace

TEST_CASE("a dispatcher killed after any message does nothing twice and loses nothing") {
    CabinetRig rig;
    rig.start();
    rig.grant_courier();
    DispatcherRig dispatcher{rig};
    constexpr std::size_t deliveries = 24;
    constexpr std::size_t kills = 30;
    Traffic traffic{rig, 12};
    for (std::size_t kill = 0; kill < kills; ++kill) {
        // One more message of the wire each time, from the first on; then a few milliseconds.
        const std::size_t from = rig.mark();
        dispatcher.start(requests(deliveries));
        static_cast<void>(rig.peer().wait_for_count(from + 1 + kill % 10, 700ms));
        dispatcher.kill();
        if (kill % 5 == 4) traffic.work();
    }
    dispatcher.start("", {"--once"});
    rig.until(
        [&] {
            traffic.work();
            return !dispatcher.process().running();
        },
        "every delivery comes to its end");
    INFO(dispatcher.process().output());
    CHECK(dispatcher.ended() == 0);
    CHECK(dispatcher.ended_deliveries() == deliveries);
    CHECK(commands_with_two_bodies(rig) == 0);
    const auto journal = rig.whole_journal();
    for (std::size_t i = 1; i <= deliveries; ++i) {
        const auto delivery = fmt::format("D-{}", i);
        INFO(delivery);
        CHECK(count(journal.entries, FactKind::assigned, delivery) == 1);
        CHECK(dispatcher.stage_of(delivery) == (i % 12 == 0 ? "collected" : "cancelled"));
    }
    std::string refusals;
    for (const auto& entry : journal.entries) {
        if (entry.fact.kind != FactKind::refused) continue;
        refusals += fmt::format("{} {} ", protocol::code_of(*entry.fact.reason),
                                verb_of(rig, *entry.fact.command));
    }
    CHECK(refusals.empty());
    dispatcher.until_ledger_is(journal);
    std::string printed;
    CHECK(dispatcher.check(printed) == 0);
}

TEST_CASE("hundreds of deliveries over a broker that forgets everything three times", "[slow]") {
    const auto deliveries = how_many_deliveries(400);
    CabinetRig rig{{.limits = {}, .compartments = 48}};
    rig.start();
    rig.grant_courier();
    DispatcherRig dispatcher{rig};
    dispatcher.start(requests(deliveries), {"--once"});
    Traffic traffic{rig, 50};
    std::size_t done = 0, wiped = 0;
    while (done < deliveries) {
        rig.until(
            [&] {
                traffic.work();
                return dispatcher.ended_deliveries() > done;
            },
            "one more delivery comes to its end");
        done = dispatcher.ended_deliveries();
        if (wiped == 3 || done * 4 <= deliveries * (wiped + 1)) continue;
        wipe_broker(rig);
        ++wiped;
    }
    CHECK(dispatcher.ended() == 0);
    CHECK(dispatcher.ended_deliveries() == deliveries);
    std::string printed;
    CHECK(dispatcher.check(printed) == 0);
    INFO(printed);

    rig.stop();
    CHECK(rig.verify_journal().clean());
    CHECK(dispatcher.ledger_is_cabinets_file());
}
