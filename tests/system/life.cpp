// A cabinet's ordinary life, over the real wire, and its restarts.
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <set>

#include "tests/system/cabinet_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using namespace std::chrono_literals;
using protocol::FactKind;

namespace {

// What somebody who subscribes only now is told at once; empty: nothing.
std::string retained(CabinetRig& rig, const std::string& topic) {
    rig::MqttPeer late{rig.broker.uri(), "late"};
    late.subscribe(topic);
    const auto heard = late.wait_for_topic(topic, soon);
    return heard && heard->retained ? heard->payload : std::string{};
}

std::string_view retained_link(CabinetRig& rig) {
    const auto status = protocol::decode_status(retained(rig, rig.topics.status));
    return status ? protocol::code_of(status.value().link) : std::string_view{"none"};
}

}  // namespace

TEST_CASE("a delivery is assigned, deposited and collected, and every step is heard in order") {
    CabinetRig rig;
    rig.start();
    rig.grant_courier();
    const auto assigned = rig.assign("d-1", "20481024");
    REQUIRE(assigned.reason() == "");
    rig.deposit("d-1", assigned.compartment());
    rig.collect("d-1", "20481024", assigned.compartment());

    const auto journal = rig.whole_journal();
    CHECK(kinds(journal.entries) ==
          "booted granted assigned unlock_authorised opened closed deposited "
          "unlock_authorised opened closed collected");
    CHECK(rig.pulses() == count(journal.entries, FactKind::unlock_authorised));
    CHECK_FALSE(rig.world().overlapped());
    CHECK(rig.longest_ms() <= 1'000);
    CHECK(retained_link(rig) == "ready");
    const auto state = protocol::decode_state(retained(rig, rig.topics.state));
    REQUIRE(state);
    CHECK(state.value().journal.epoch.str() == journal.epoch);
    CHECK(rig.stop().clean());
    CHECK(retained_link(rig) == "disconnected");
    CHECK(rig.verify_journal().clean());
}

TEST_CASE("after a kill -9 the will is heard, nothing is pulsed again, the journal goes on") {
    CabinetRig rig;
    rig.start();
    rig.grant_courier();
    const auto number = rig.assign("d-1", "20481024").compartment();
    REQUIRE(number != 0);
    rig.show_card(courier_card);
    rig.choose("d-1");
    rig.until([&] { return rig.state_of("d-1") == "depositing"; }, "the door opens");
    const std::string first_boot = rig.boot();
    std::size_t from = rig.mark();
    rig.kill();
    const auto will = rig.peer().wait_for(
        [&](const rig::Received& message) {
            return message.topic == rig.topics.status &&
                   message.payload.find("\"lost\"") != std::string::npos;
        },
        soon, from);
    CHECK(will);

    from = rig.mark();
    rig.start();
    CHECK(rig.boot() != first_boot);
    CHECK(rig.peer().wait_for_topic(rig.topics.state, soon, from));
    CHECK(rig.state_of("d-1") == "depositing");
    rig.hand(number, "put");
    rig.hand(number, "shut");
    rig.until([&] { return rig.state_of("d-1") == "stored"; }, "the switches tell the end");
    rig.collect("d-1", "20481024", number);

    const auto journal = rig.whole_journal();
    CHECK(count(journal.entries, FactKind::booted) == 2);
    CHECK(rig.pulses() == 2);
    CHECK(count(journal.entries, FactKind::unlock_authorised) == 2);
}

TEST_CASE("the same command a thousand times has one effect and one answer") {
    CabinetRig rig;
    rig.start();
    protocol::Assign assign;
    assign.delivery = protocol::DeliveryId::of("d-1");
    assign.revision = protocol::Revision{1};
    assign.patron = protocol::PersonId::of("reader-7");
    assign.secrets.code = "20481024";
    const auto bytes = rig.signed_by_dispatch(rig.command(assign, "again-and-again"));
    constexpr std::size_t times = 1'000;

    std::set<std::string> answers;
    std::size_t from = rig.mark();
    for (std::size_t half = 0; half < 2; ++half) {
        for (std::size_t i = 0; i < times / 2; ++i) {
            rig.peer().publish_without_waiting({.topic = rig.topics.command, .payload = bytes});
        }
        std::size_t answered = 0;
        for (; answered < times / 2; ++answered) {
            const auto heard = rig.peer().wait_for_topic(rig.topics.reply, soon, from);
            if (!heard) break;
            answers.insert(heard->payload);
            from = heard->index + 1;
        }
        CHECK(answered == times / 2);
        if (half == 0) {
            rig.kill();
            rig.start();
        }
    }
    CHECK(answers.size() == 1);
    CHECK(count(rig.whole_journal().entries, FactKind::assigned) == 1);
}

TEST_CASE("without a broker books are handed out, and later every event arrives in order") {
    CabinetRig rig;
    rig.start();
    rig.grant_courier();
    const auto number = rig.assign("d-1", "20481024").compartment();
    rig.deposit("d-1", number);
    CHECK(rig.stop().clean());

    rig.broker.stop();
    rig.launch();
    rig.until([&] { return rig.get("/api/state").status == 200; }, "the cabinet serves alone");
    CHECK(rig.get("/api/screen").body.find("\"online\":false") != std::string::npos);
    rig.collect("d-1", "20481024", number);

    rig.broker.start();
    CHECK(rig.peer().connect());
    rig.wait_for(FactKind::collected, "d-1");
    const auto journal = rig.whole_journal();
    CHECK(count(journal.entries, FactKind::booted) == 2);
    CHECK(count(journal.entries, FactKind::collected) == 1);
    CHECK(rig.pulses() == 2);
}

TEST_CASE("after a new memory card three deliveries are adopted and collected") {
    CabinetRig rig;
    rig.start();
    rig.grant_courier();
    struct Parcel {
        std::string delivery, code;
        std::uint16_t compartment;
    };
    std::vector<Parcel> parcels;
    for (int i = 1; i <= 3; ++i) {
        Parcel parcel{fmt::format("d-{}", i), fmt::format("2048102{}", i), 0};
        parcel.compartment = rig.assign(parcel.delivery, parcel.code).compartment();
        rig.deposit(parcel.delivery, parcel.compartment);
        parcels.push_back(parcel);
    }
    const auto first_epoch = rig.whole_journal().epoch;
    rig.stop();
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(rig.database().string() + suffix);
    }

    rig.start();
    CHECK(rig.state().journal.epoch.str() != first_epoch);
    CHECK(rig.type_code(parcels[0].code).refusal);
    for (const auto& parcel : parcels) {
        protocol::Adopt adopt;
        adopt.delivery.delivery = protocol::DeliveryId::of(parcel.delivery);
        adopt.delivery.revision = protocol::Revision{2};
        adopt.delivery.patron = protocol::PersonId::of("patron-" + parcel.delivery);
        adopt.delivery.secrets.code = parcel.code;
        adopt.compartment = core::CompartmentNumber{parcel.compartment};
        CHECK(rig.ask(adopt).reason() == "");
    }
    for (const auto& parcel : parcels) {
        rig.collect(parcel.delivery, parcel.code, parcel.compartment);
    }
    const auto journal = rig.whole_journal();
    CHECK(count(journal.entries, FactKind::adopted) == 3);
    CHECK(count(journal.entries, FactKind::collected) == 3);
    CHECK(journal.epoch != first_epoch);
}
