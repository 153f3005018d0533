// The reference dispatcher: what it asks, what it remembers, and what it does when things vanish.
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <fstream>

#include "tests/system/dispatcher_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using protocol::FactKind;

namespace {

// The parcel is brought and fetched as soon as the ledger knows where.
std::uint16_t bring(CabinetRig& rig, const DispatcherRig& dispatcher, const std::string& delivery) {
    rig.until([&] { return dispatcher.stage_of(delivery) == "assigned"; }, "it is assigned");
    rig.until([&] { return dispatcher.compartment_of(delivery) != 0; }, "and where");
    const auto compartment = dispatcher.compartment_of(delivery);
    rig.deposit(delivery, compartment);
    return compartment;
}

// The patron comes, and the ledger knows it.
void fetch(CabinetRig& rig, const DispatcherRig& dispatcher, const std::string& delivery,
           const std::string& code, std::uint16_t compartment) {
    rig.collect(delivery, code, compartment);
    rig.until([&] { return dispatcher.stage_of(delivery) == "collected"; }, "the ledger knows");
}

// The cabinet knows that all is safe, and nobody finds a difference.
void agree(DispatcherRig& dispatcher) {
    dispatcher.until_acknowledged();
    std::string printed;
    CHECK(dispatcher.check(printed) == 0);
    CHECK(printed == "1 cabinets agree with the ledger\n");
}

// A cabinet that is nothing but its messages: full of room, and refuses everything.
class FalseCabinet {
public:
    explicit FalseCabinet(CabinetRig& rig)
        : peer_{rig.broker.uri(), "KS-018"},
          topics_{protocol::topics_of("lucheng/v1", protocol::CabinetId::of("KS-018"))} {
        peer_.subscribe(topics_.command);
        const auto id = protocol::CabinetId::of("KS-018");
        const auto boot = protocol::BootId::of("b-1");
        const protocol::Status status{.cabinet = id,
                                      .link = protocol::Link::ready,
                                      .version = "1",
                                      .boot = boot,
                                      .time_trusted = true};
        protocol::StateReport state{.cabinet = id, .boot = boot, .time_trusted = true};
        state.free_small = 900;
        state.journal.epoch = protocol::EpochId::of("e-false");
        peer_.publish(topics_.status, protocol::encode(status), 1, true);
        peer_.publish(topics_.state, protocol::encode(state), 1, true);
    }
    // The first command of this verb.
    protocol::Command command(std::string_view verb) {
        std::optional<protocol::Command> found;
        const auto heard = peer_.wait_for(
            [&](const rig::Received& message) {
                if (message.topic != topics_.command) return false;
                const auto envelope = protocol::decode_envelope(message.payload);
                const auto command = protocol::decode_command(envelope.value().body);
                if (protocol::name_of(command.value().verb) != verb) return false;
                found = command.value();
                return true;
            },
            soon);
        if (!heard) throw std::runtime_error("no such command");
        return *found;
    }
    void refuse(const protocol::Command& command, protocol::Reason reason) {
        const protocol::Reply reply{.id = command.id,
                                    .cabinet = command.cabinet,
                                    .boot = protocol::BootId::of("b-1"),
                                    .refusal = protocol::Refusal{reason}};
        peer_.publish(topics_.reply, protocol::encode(reply));
    }

private:
    rig::MqttPeer peer_;
    protocol::Topics topics_;
};

}  // namespace

TEST_CASE("the dispatcher assigns, follows to the end, acknowledges and forgets the code") {
    CabinetRig rig;
    rig.start();
    rig.grant_courier();
    DispatcherRig dispatcher{rig};
    dispatcher.start(request("D-1", "20481024"), {"--once"});
    const auto compartment = bring(rig, dispatcher, "D-1");
    rig.collect("D-1", "20481024", compartment);
    CHECK(dispatcher.ended() == 0);
    INFO(dispatcher.process().output());
    CHECK(dispatcher.stage_of("D-1") == "collected");
    dispatcher.until_ledger_is(rig.whole_journal());
    agree(dispatcher);
    std::ifstream ledger{dispatcher.ledger(), std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{ledger}, {}};
    CHECK(bytes.find("20481024") == std::string::npos);
}

TEST_CASE("a code that is in use is reported, and delivered under another") {
    CabinetRig rig;
    rig.start();
    REQUIRE(rig.assign("D-0", "20481024").ok());
    DispatcherRig dispatcher{rig};
    dispatcher.start(request("D-1", "20481024"), {"--once", "--until", "assigned"});
    CHECK(dispatcher.ended() == 1);
    CHECK(dispatcher.process().output().find("The request needs another code") !=
          std::string::npos);
    CHECK(dispatcher.stage_of("D-1") == "refused");
    dispatcher.start(request("D-1", "20481025"), {"--once", "--until", "assigned"});
    CHECK(dispatcher.ended() == 0);
    CHECK(dispatcher.stage_of("D-1") == "assigned");
}

TEST_CASE("what one cabinet has no room for goes to another, and not before the answer") {
    CabinetRig rig;
    rig.start();
    FalseCabinet full{rig};
    std::ofstream{rig.sealing_keys_file(), std::ios::app}
        << protocol::sealing_line(protocol::CabinetId::of("KS-018"), rig.sealing_key());
    DispatcherRig dispatcher{rig};
    // Held until the other cabinet, which boasts of more room, is heard of too.
    dispatcher.start("");
    dispatcher.line("KS-018 is ready");
    dispatcher.line("KS-017 is ready");
    dispatcher.process().stop();
    dispatcher.start(request("D-1", "20481024", R"(,"cabinet":"KS-018")"));
    const auto asked = full.command("assign");
    dispatcher.kill();
    dispatcher.change("UPDATE deliveries SET request = json_remove(request, '$.cabinet')");
    dispatcher.start("");
    dispatcher.line("KS-017 is ready");
    CHECK(dispatcher.stage_of("D-1") == "asked");
    CHECK(rig.state_of("D-1").empty());
    full.refuse(asked, protocol::Reason::no_compartment);
    rig.wait_for(FactKind::assigned, "D-1");
    rig.until([&] { return dispatcher.stage_of("D-1") == "assigned"; }, "the ledger knows");
    CHECK(dispatcher.text("SELECT cabinet FROM deliveries WHERE id = 'D-1'") == "KS-017");
}

TEST_CASE("a broker that loses everything loses no entry, and ledger and cabinet agree") {
    CabinetRig rig;
    rig.start();
    rig.grant_courier();
    DispatcherRig dispatcher{rig};
    dispatcher.start(request("D-1", "20481024") + request("D-2", "20481025"));
    const auto first = bring(rig, dispatcher, "D-1");
    // What happens now is at the broker alone when that dies: the dispatcher is away.
    dispatcher.kill();
    rig.collect("D-1", "20481024", first);
    rig.wait_for(FactKind::collected, "D-1");
    wipe_broker(rig);
    dispatcher.start("");
    dispatcher.line("KS-017 is to send again");
    const auto second = bring(rig, dispatcher, "D-2");
    wipe_broker(rig);
    fetch(rig, dispatcher, "D-2", "20481025", second);
    CHECK(dispatcher.stage_of("D-1") == "collected");
    agree(dispatcher);
    const auto head = rig.state().journal;
    CHECK(dispatcher.number("SELECT count(*) FROM entries") ==
          static_cast<std::int64_t>(protocol::number_of(head.number)));
    CHECK(dispatcher.number("SELECT max(number) FROM entries") ==
          static_cast<std::int64_t>(protocol::number_of(head.number)));
}

TEST_CASE("a cabinet that lost its memory adopts what lies in it from the dispatcher's ledger") {
    CabinetRig rig;
    rig.start();
    rig.grant_courier();
    DispatcherRig dispatcher{rig};
    dispatcher.start(request("D-1", "20481024") + request("D-2", "20481025"));
    const auto compartment = bring(rig, dispatcher, "D-1");
    rig.until([&] { return dispatcher.stage_of("D-1") == "deposited"; }, "the ledger knows");
    rig.until([&] { return dispatcher.stage_of("D-2") == "assigned"; }, "the ledger knows");
    rig.stop();
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        std::filesystem::remove(rig.database().string() + suffix);
    }
    const auto from = rig.mark();
    rig.start();
    const auto adopted = rig.wait_for(FactKind::adopted, "D-1", from);
    CHECK(protocol::number_of(*adopted.fact.compartment) == compartment);
    rig.wait_for(FactKind::assigned, "D-2", from);
    fetch(rig, dispatcher, "D-1", "20481024", compartment);
    dispatcher.until_ledger_is(rig.whole_journal());
    agree(dispatcher);
    CHECK(dispatcher.number("SELECT count(*) FROM journals") == 2);
}

TEST_CASE("a disagreement between ledger and cabinet is named, one line each") {
    CabinetRig rig;
    rig.start();
    DispatcherRig dispatcher{rig};
    dispatcher.start(request("D-1", "20481024"), {"--once", "--until", "assigned"});
    REQUIRE(dispatcher.ended() == 0);
    std::string printed;
    REQUIRE(dispatcher.check(printed) == 0);
    REQUIRE(rig.assign("D-9", "77770001").ok());
    dispatcher.change("UPDATE deliveries SET stage = 'deposited'");
    CHECK(dispatcher.check(printed) == 1);
    INFO(printed);
    CHECK(printed.find("KS-017: D-1 is assigned, by the ledger deposited\n") != std::string::npos);
    CHECK(printed.find("KS-017: D-9 is assigned behind door ") != std::string::npos);
    CHECK(printed.find("KS-017: the journal is at ") != std::string::npos);
}

TEST_CASE("a request that cannot be read is named with file, line and value, and no code") {
    CabinetRig rig;
    DispatcherRig dispatcher{rig};
    std::string printed;
    const auto file = (rig.directory / "wrong.jsonl").string();
    const auto told = [&](const std::string& line) {
        std::ofstream{file} << request("D-1", "20481024") << line << '\n';
        CHECK(dispatcher.run({"--requests", file, "--once"}, printed) == 65);
        return printed;
    };
    CHECK(told(R"({"delivery":"D-2","patron":"p","size":"huge","code":"1234"})") ==
          "reference-dispatcher: " + file + ":2: size: \"huge\": small, medium or large\n");
    CHECK(told(R"({"delivery":"D-2","patron":"p","size":"small","code":"12x4"})") ==
          "reference-dispatcher: " + file + ":2: code: 4 to 12 digits\n");
    CHECK(told("{").find(":2: expected one JSON object") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(dispatcher.ledger()));
}

TEST_CASE("an entry that the cabinet did not write is an alarm, and is not taken") {
    CabinetRig rig;
    rig.start();
    DispatcherRig dispatcher{rig};
    dispatcher.start("");
    dispatcher.line("KS-017 is told: 1 entries");
    const auto head = rig.state().journal;
    const protocol::EntryHeader header{.cabinet = rig.cabinet,
                                       .epoch = head.epoch,
                                       .number = protocol::JournalNumber{2},
                                       .time_trusted = true};
    const protocol::Fact fact{.kind = FactKind::mains_lost};
    protocol::Event forged{.entry = protocol::encode_entry(header, fact, nullptr)};
    rig.peer().publish(rig.topics.event, protocol::encode(forged));
    dispatcher.line("ALARM: entry 2 does not have its hash");
    forged.hash = protocol::digest_of(forged.entry);
    rig.peer().publish(rig.topics.event, protocol::encode(forged));
    dispatcher.line("ALARM: entry 2 does not continue the one before");
    rig.grant_courier();
    dispatcher.line("KS-017 2 granted");
    CHECK(dispatcher.number("SELECT count(*) FROM entries") == 2);
}

TEST_CASE("the dispatcher's ledger forgets persons after 30 days, and entries after 180") {
    CabinetRig rig;
    rig.start();
    rig.grant_courier();
    DispatcherRig dispatcher{rig};
    dispatcher.start(request("D-1", "20481024") + request("D-2", "20481025"));
    const auto compartment = bring(rig, dispatcher, "D-1");
    fetch(rig, dispatcher, "D-1", "20481024", compartment);
    rig.until([&] { return dispatcher.stage_of("D-2") == "assigned"; }, "the ledger knows");
    dispatcher.until_ledger_is(rig.whole_journal());
    agree(dispatcher);
    const auto entries = dispatcher.number("SELECT count(*) FROM entries");
    const auto days_later = [&](int days) {
        dispatcher.kill();
        const auto seconds = std::to_string(days * 86'400);
        dispatcher.change("UPDATE entries SET taken_at = taken_at - " + seconds);
        dispatcher.change("UPDATE deliveries SET changed_at = changed_at - " + seconds);
        dispatcher.change("UPDATE commands SET expires_at = expires_at - " + seconds + "000");
        dispatcher.start("");
        dispatcher.line("KS-017 is ready");
    };
    const std::string of_d1 =
        "SELECT count(*) FROM entries WHERE person IS NOT NULL AND "
        "json_extract(entry, '$.delivery') = 'D-1'";
    days_later(29);
    CHECK(dispatcher.number(of_d1) > 0);
    days_later(2);
    CHECK(dispatcher.number(of_d1) == 0);
    CHECK(dispatcher.number("SELECT count(*) FROM commands WHERE bytes LIKE '%patron-D-1%'") == 0);
    CHECK(dispatcher.number("SELECT count(*) FROM deliveries WHERE request LIKE '%patron-D-1%'") ==
          0);
    CHECK(dispatcher.number("SELECT count(*) FROM entries") >= entries);
    // Who waits for books is not forgotten.
    CHECK(dispatcher.number("SELECT count(*) FROM deliveries WHERE request LIKE '%patron-D-2%'") ==
          1);
    days_later(150);
    CHECK(dispatcher.number("SELECT count(*) FROM entries") < entries);
    CHECK(dispatcher.stage_of("D-1").empty());
    CHECK(dispatcher.stage_of("D-2") == "assigned");
    agree(dispatcher);
}
