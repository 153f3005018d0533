// Whoever holds the broker, a login or a capture: what is tried, and what it is answered with. The
// table of docs/security.md is this one.
#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/system/cabinet_rig.hpp"

using namespace lucheng;
using namespace lucheng::system_test;
using namespace std::chrono_literals;
using protocol::FactKind;

namespace {

protocol::Open open_door() { return {core::CompartmentNumber{12}}; }

protocol::Assign assignment(const std::string& delivery) {
    protocol::Assign assign{.delivery = protocol::DeliveryId::of(delivery),
                            .revision = protocol::Revision{1},
                            .patron = protocol::PersonId::of("reader-7")};
    assign.secrets.code = "20481024";
    return assign;
}

// What was tried, and the reasons that came, as the document has them.
class Table {
public:
    explicit Table(CabinetRig& rig) : rig_{rig} {}

    // The answer to an id; a command that is not understood has none in its answer.
    std::string send(const std::string& bytes, const std::string& id) {
        const std::size_t from = rig_.mark();
        rig_.send(bytes);
        return std::string{rig_.wait_for_reply(id, from).reason()};
    }
    std::string send(const protocol::SigningKey& key, const protocol::Command& command) {
        return send(protocol::encode(key.sign(protocol::encode(command))), command.id.str());
    }
    void row(const std::string& tried, const std::string& answer) {
        static const std::string document = [] {
            std::ifstream file{LUCHENG_SOURCE_DIR "/docs/security.md"};
            return std::string{std::istreambuf_iterator<char>{file}, {}};
        }();
        const auto line = fmt::format("| {} | `{}` |\n", tried, answer);
        INFO(line);
        CHECK(document.find(line) != std::string::npos);
    }

private:
    CabinetRig& rig_;
};

void forge(CabinetRig& rig, Table& table) {
    const auto stranger = protocol::SigningKey::make(protocol::KeyId::of("stranger"));
    table.row("a command signed by a key of nobody's",
              table.send(stranger, rig.command(open_door(), "stranger")));
    const auto impostor = protocol::SigningKey::make(protocol::KeyId::of("ops"));
    table.row("one signed by another key under an operator's id",
              table.send(impostor, rig.command(open_door(), "impostor")));
    table.row("dispatch's own key, stolen, opens a door",
              table.send(rig.dispatch_key, rig.command(open_door(), "stolen-dispatch")));
    table.row("an operator's, stolen, assigns a delivery",
              table.send(rig.operations_key, rig.command(assignment("d-9"), "stolen-operator")));
    const protocol::SetKeys keys{
        .serial = 1, .keys = {{impostor.id(), protocol::Role::dispatch, impostor.public_key()}}};
    table.row("dispatch's own key, stolen, names new keys",
              table.send(rig.dispatch_key, rig.command(keys, "new-keys")));

    // Every byte of the body by one bit, a quotation mark aside that would end the string.
    const auto signed_body =
        rig.operations_key.sign(protocol::encode(rig.command(open_door(), "altered")));
    std::set<std::string> answers;
    for (std::size_t i = 0; i < signed_body.body.size(); i += 3) {
        auto altered = signed_body;
        altered.body[i] = static_cast<char>(altered.body[i] ^ 1);
        rig::Outgoing message{.topic = rig.topics.command, .payload = protocol::encode(altered)};
        message.response_topic = fmt::format("{}/bit-{}", rig.topics.reply, i);
        const std::size_t from = rig.mark();
        rig.peer().publish(message);
        const auto heard = rig.peer().wait_for_topic(message.response_topic, soon, from);
        REQUIRE(heard);
        const auto reply = protocol::decode_reply(heard->payload);
        REQUIRE(reply);
        REQUIRE(reply.value().refusal);
        answers.insert(std::string{protocol::code_of(reply.value().refusal->reason)});
    }
    REQUIRE(answers.size() == 1);
    table.row("a captured command with one bit altered, any", *answers.begin());
}

void replay(CabinetRig& rig, Table& table) {
    auto command = rig.command(open_door(), "late");
    command.issued_at -= 2h;
    command.expires_at -= 2h;
    table.row("a command held back until it has expired", table.send(rig.operations_key, command));
    command = rig.command(open_door(), "early");
    command.issued_at += 2h;
    command.expires_at += 2h;
    table.row("one of tomorrow", table.send(rig.operations_key, command));
    command = rig.command(open_door(), "a-year");
    command.expires_at += 24h * 365;
    table.row("one that is to be good for a year", table.send(rig.operations_key, command));
    command = rig.command(open_door(), "elsewhere");
    command.cabinet = protocol::CabinetId::of("KS-018");
    table.row("one captured before another cabinet", table.send(rig.operations_key, command));
    CHECK(rig.ask(protocol::Cancel{protocol::DeliveryId::of("d-2"), protocol::Revision{2}})
              .reason() == "");
    table.row("an `assign` that comes after its `cancel`",
              table.send(rig.dispatch_key, rig.command(assignment("d-2"), "overtaken")));
    CHECK(rig.ask(protocol::Snapshot{}, "snapshot").reason() == "");
    table.row("another command under an id that was used",
              table.send(rig.dispatch_key, rig.command(assignment("d-3"), "snapshot")));
    const auto head = rig.whole_journal();
    const auto acknowledge = [&](const std::string& id, std::string epoch, std::uint64_t number) {
        return table.send(
            rig.dispatch_key,
            rig.command(protocol::Acknowledge{.epoch = protocol::EpochId::of(std::move(epoch)),
                                              .number = protocol::JournalNumber{number}},
                        id));
    };
    table.row("an acknowledgement of an earlier epoch", acknowledge("epoch", "e-0", 1));
    table.row("one with a wrong hash", acknowledge("hash", head.epoch, 1));
    table.row("one beyond the head", acknowledge("beyond", head.epoch, 1'000'000));
}

void pry(CabinetRig& rig, Table& table) {
    // Signed as it should be, but by somebody's own program.
    const std::string id = "in-clear";
    auto body = protocol::encode(rig.command(assignment("d-4"), id));
    body.insert(body.size() - 1, R"(,"code":"20481024")");
    table.row("a code in clear", table.send(protocol::encode(rig.dispatch_key.sign(body)), id));
    auto command = rig.command(protocol::Snapshot{}, "sealed-elsewhere");
    protocol::Verb verb = assignment("d-5");
    protocol::Digest other{};
    other.front() = 1;
    protocol::seal_secrets(verb, protocol::SealingKey{protocol::CodeKey{other}}.public_key());
    command.verb = verb;
    table.row("codes sealed to a key that the broker handed out",
              table.send(rig.dispatch_key, command));
}

}  // namespace

TEST_CASE("whatever is forged, replayed, moved or pried at moves no lock") {
    CabinetRig rig;
    rig.start();
    Table table{rig};
    forge(rig, table);
    replay(rig, table);
    pry(rig, table);

    const protocol::SetKeys first{
        .serial = 5,
        .keys = {{rig.dispatch_key.id(), protocol::Role::dispatch, rig.dispatch_key.public_key()}}};
    CHECK(rig.ask(first).reason() == "");
    table.row("a command signed by a key that was revoked",
              table.send(rig.operations_key, rig.command(open_door(), "revoked")));
    auto older = first;
    older.serial = 4;
    table.row("the list of keys from before the revocation",
              table.send(rig.authority_key, rig.command(older, "older")));
    CHECK(rig.stop().clean());
    const std::size_t from = rig.mark();
    rig.peer().publish(rig.topics.command,
                       rig.signed_by_dispatch(rig.command(assignment("d-6"), "kept")), 1, true);
    rig.start();
    table.row("a command left at the broker as a retained message",
              std::string{rig.wait_for_reply("kept", from).reason()});

    CHECK(rig.pulses() == 0);
    CHECK(count(rig.whole_journal().entries, FactKind::unlock_authorised) == 0);
}
