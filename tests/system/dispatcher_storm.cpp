// The reference dispatcher killed at many instants, and a broker that forgets everything.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fmt/format.h>
#include <map>
#include <set>

#include "tests/system/dispatcher_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using namespace std::chrono_literals;
using protocol::DeliveryState;
using protocol::FactKind;

namespace {

std::size_t from_environment(const char* name, std::size_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::stoul(text);
}

std::string code_of(std::size_t number) { return fmt::format("{}", 20'000'000 + number); }

std::string requests(std::size_t count) {
    std::string lines;
    for (std::size_t i = 1; i <= count; ++i) lines += request(fmt::format("D-{}", i), code_of(i));
    return lines;
}

std::size_t number_in(const std::string& delivery) { return std::stoul(delivery.substr(2)); }

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

// Most of the deliveries are called off by the library at once; one of so many is brought and
// fetched by people, which takes as long as doors take.
class Traffic {
public:
    explicit Traffic(CabinetRig& rig, std::size_t one_of) : rig_{rig}, one_of_{one_of} {}

    void work() {
        for (const auto& one : rig_.state().compartments) {
            if (!one.delivery || one.delivery_state != DeliveryState::assigned) continue;
            const auto delivery = one.delivery->str();
            if (number_in(delivery) % one_of_ == 0) {
                rig_.deposit(delivery, protocol::number_of(one.number));
                rig_.collect(delivery, code_of(number_in(delivery)),
                             protocol::number_of(one.number));
            } else {
                cancel(*one.delivery);
            }
        }
        static_cast<void>(rig_.peer().wait_for_count(rig_.mark() + 1, 20ms));
    }

private:
    // The same bytes until it is done: a broker that forgets may lose them.
    void cancel(const protocol::DeliveryId& delivery) {
        auto& sent = cancels_[delivery];
        const auto now = std::chrono::steady_clock::now();
        if (sent.bytes.empty()) {
            const protocol::Cancel verb{delivery, protocol::Revision{1'000}};
            sent.bytes = rig_.signed_by_dispatch(rig_.command(verb));
        } else if (now < sent.again) {
            return;
        }
        sent.again = now + 500ms;
        rig_.send(sent.bytes);
    }
    struct Sent {
        std::string bytes;
        std::chrono::steady_clock::time_point again;
    };
    CabinetRig& rig_;
    std::size_t one_of_;
    std::map<protocol::DeliveryId, Sent> cancels_{};
};

std::size_t ended(const DispatcherRig& dispatcher) {
    return static_cast<std::size_t>(
        dispatcher.number("SELECT count(*) FROM deliveries WHERE ended"));
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
    CHECK(ended(dispatcher) == deliveries);
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
    const auto deliveries = from_environment("DISPATCHER_DELIVERIES", 400);
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
                return ended(dispatcher) > done;
            },
            "one more delivery comes to its end");
        done = ended(dispatcher);
        if (wiped == 3 || done * 4 <= deliveries * (wiped + 1)) continue;
        wipe_broker(rig);
        ++wiped;
    }
    CHECK(dispatcher.ended() == 0);
    CHECK(ended(dispatcher) == deliveries);
    std::string printed;
    CHECK(dispatcher.check(printed) == 0);
    INFO(printed);

    // Number by number and hash by hash, against the cabinet's own file.
    const auto head = protocol::number_of(rig.state().journal.number);
    rig.stop();
    CHECK(rig.verify_journal().clean());
    CHECK(
        dispatcher.number(fmt::format(
            "ATTACH '{}' AS cabinet; SELECT count(*) FROM main.entries AS ours JOIN "
            "cabinet.journal AS theirs ON ours.number = theirs.number AND ours.hash = theirs.hash",
            rig.database().string())) == static_cast<std::int64_t>(head));
    CHECK(dispatcher.number("SELECT count(*) FROM entries") == static_cast<std::int64_t>(head));
    CHECK(dispatcher.number("SELECT max(number) FROM entries") == static_cast<std::int64_t>(head));
}
