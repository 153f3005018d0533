// What comes over the wire and must open nothing.
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include "tests/system/cabinet_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using namespace std::chrono_literals;
using protocol::FactKind;

namespace {

protocol::Open open_twelve() { return {core::CompartmentNumber{12}}; }

// The reason in the answer at a response topic of its own, where no id can be read.
std::string reason_at_response_topic(CabinetRig& rig, const std::string& bytes,
                                     const std::string& level) {
    rig::Outgoing message{.topic = rig.topics.command, .payload = bytes};
    message.response_topic = rig.topics.reply + "/" + level;
    const std::size_t from = rig.mark();
    rig.peer().publish(message);
    const auto heard = rig.peer().wait_for_topic(message.response_topic, soon, from);
    if (!heard) return "no answer";
    constexpr std::string_view field = "\"reason\":\"";
    const auto at = heard->payload.find(field);
    if (at == std::string::npos) return heard->payload;
    const auto begin = at + field.size();
    return heard->payload.substr(begin, heard->payload.find('"', begin) - begin);
}

std::string reason_for(CabinetRig& rig, const std::string& id, const std::string& bytes,
                       bool retained = false) {
    const std::size_t from = rig.mark();
    rig.peer().publish(rig.topics.command, bytes, 1, retained);
    return std::string{rig.wait_for_reply(id, from).reason()};
}

}  // namespace

TEST_CASE("what is malformed, too large, unsigned or not for us is refused, and opens nothing") {
    CabinetRig rig;
    rig.start();
    CHECK(reason_at_response_topic(rig, "{", "a") == "malformed");
    CHECK(reason_at_response_topic(rig, std::string(65'537, ' '), "b") == "oversize");

    auto command = rig.command(open_twelve(), "no-key");
    const auto stranger = protocol::SigningKey::make(protocol::KeyId::of("stranger"));
    CHECK(reason_for(rig, "no-key", protocol::encode(stranger.sign(protocol::encode(command)))) ==
          "unknown_key");

    command = rig.command(open_twelve(), "forged");
    const auto impostor = protocol::SigningKey::make(protocol::KeyId::of("ops"));
    CHECK(reason_for(rig, "forged", protocol::encode(impostor.sign(protocol::encode(command)))) ==
          "bad_signature");

    command = rig.command(open_twelve(), "elsewhere");
    command.cabinet = protocol::CabinetId::of("KS-018");
    CHECK(reason_for(rig, "elsewhere", rig.signed_by_operations(command)) == "wrong_cabinet");

    command = rig.command(open_twelve(), "wrong-role");
    CHECK(reason_for(rig, "wrong-role", rig.signed_by_dispatch(command)) == "not_permitted");

    CHECK(rig.pulses() == 0);
    CHECK(count(rig.whole_journal().entries, FactKind::unlock_authorised) == 0);
}

TEST_CASE("what is late, early or retained is refused, and opens nothing") {
    CabinetRig rig;
    rig.start();
    auto command = rig.command(open_twelve(), "late");
    command.issued_at -= 2h;
    command.expires_at -= 2h;
    CHECK(reason_for(rig, "late", rig.signed_by_operations(command)) == "expired");

    command = rig.command(open_twelve(), "early");
    command.issued_at += 2h;
    command.expires_at += 2h;
    CHECK(reason_for(rig, "early", rig.signed_by_operations(command)) == "not_yet_valid");

    command = rig.command(open_twelve(), "for-a-year");
    command.expires_at += 24h * 365;
    CHECK(reason_for(rig, "for-a-year", rig.signed_by_operations(command)) == "validity_too_long");

    // While the cabinet is away, so that the broker hands it over as a retained message.
    CHECK(rig.stop().clean());
    const std::size_t from = rig.mark();
    rig.peer().publish(rig.topics.command,
                       rig.signed_by_operations(rig.command(open_twelve(), "kept")), 1, true);
    rig.start();
    CHECK(rig.wait_for_reply("kept", from).reason() == "retained");
    CHECK(rig.pulses() == 0);
    CHECK(count(rig.whole_journal().entries, FactKind::unlock_authorised) == 0);
}

TEST_CASE("a command replayed after a restart gets its first answer, and opens nothing again") {
    CabinetRig rig;
    rig.start();
    const auto bytes = rig.signed_by_operations(rig.command(open_twelve(), "open-once"));
    std::size_t from = rig.mark();
    rig.send(bytes);
    const auto first = rig.wait_for_reply("open-once", from);
    REQUIRE(first.ok());
    rig.wait_for(FactKind::opened);
    CHECK(rig.pulses() == 1);
    rig.hand(12, "shut");
    rig.wait_for(FactKind::closed);
    rig.kill();
    rig.start();
    from = rig.mark();
    rig.send(bytes);
    CHECK(rig.wait_for_reply("open-once", from).bytes == first.bytes);

    // Another body under the same id.
    protocol::Open other{core::CompartmentNumber{11}};
    from = rig.mark();
    rig.send(rig.signed_by_operations(rig.command(other, "open-once")));
    CHECK(rig.wait_for_reply("open-once", from).reason() == "id_reused");
    CHECK(rig.pulses() == 1);
    CHECK(count(rig.whole_journal().entries, FactKind::unlock_authorised) == 1);
}
