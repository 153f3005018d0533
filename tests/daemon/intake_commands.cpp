#include <catch2/catch_test_macros.hpp>

#include "tests/daemon/intake_rig.hpp"

using namespace lucheng;
using namespace lucheng::daemon;

namespace {

core::CommandReceived received(const std::string& bytes) {
    const IntakeRig rig;
    auto read = rig.intake.read(bytes, false);
    REQUIRE(std::holds_alternative<core::CommandReceived>(read));
    return std::get<core::CommandReceived>(std::move(read));
}

bool empty(const protocol::Secrets& left) { return left.code.empty() && left.cards.empty(); }

}  // namespace

TEST_CASE("intake: a signed command arrives with who signed it, this run, and its digest") {
    const auto body = protocol::encode(command(cancel()));
    const auto input = received(protocol::encode(key().sign(body)));
    CHECK(input.command.id.str() == "cmd-1");
    CHECK(input.key.str() == "dispatch-2026");
    CHECK(input.role == protocol::Role::dispatch);
    CHECK(input.boot.str() == "boot-5");
    CHECK(input.body == protocol::digest_of(body));
    CHECK_FALSE(input.secrets.code);
    CHECK(input.secrets.cards.empty());
}

TEST_CASE("intake: a command for another cabinet is left to the core, which knows its answer") {
    CHECK(received(signed_command(cancel(), "KS-018")).command.cabinet.str() == "KS-018");
}

TEST_CASE("intake: secrets arrive hashed, and the clear ones are gone") {
    const IntakeRig rig;
    const auto check = [&](const core::CommandReceived& input, const protocol::Secrets& left) {
        CHECK(empty(left));
        REQUIRE(input.secrets.code);
        CHECK(*input.secrets.code == rig.intake.code("27182818"));
        REQUIRE(input.secrets.cards.size() == 2);
        CHECK(input.secrets.cards[0] == rig.intake.card("04AB19"));
        CHECK(input.secrets.cards[1] == rig.intake.card("0099"));
        CHECK(input.secrets.token == rig.intake.token("1234567890123456"));
    };
    SECTION("assign") {
        const auto input = received(signed_command(assign()));
        check(input, std::get<protocol::Assign>(input.command.verb).secrets);
    }
    SECTION("rekey") {
        protocol::Rekey verb;
        verb.delivery = protocol::DeliveryId::of("d-1");
        verb.secrets = secrets();
        const auto input = received(signed_command(verb));
        check(input, std::get<protocol::Rekey>(input.command.verb).secrets);
    }
    SECTION("grant") {
        protocol::Grant verb;
        verb.person = protocol::PersonId::of("courier-3");
        verb.secrets = secrets();
        const auto input = received(signed_command(verb));
        check(input, std::get<protocol::Grant>(input.command.verb).secrets);
    }
    SECTION("adopt") {
        protocol::Adopt verb;
        verb.delivery = std::get<protocol::Assign>(assign());
        verb.compartment = protocol::CompartmentNumber{12};
        const auto input = received(signed_command(verb));
        check(input, std::get<protocol::Adopt>(input.command.verb).delivery.secrets);
    }
}

TEST_CASE("intake: a hash is the same in every run, and another under another key") {
    const IntakeRig rig, again;
    CHECK(rig.intake.code("27182818") == again.intake.code("27182818"));
    CHECK(rig.intake.code("27182818") != rig.intake.code("27182819"));
    const Intake other{
        protocol::CabinetId::of("KS-017"), protocol::BootId::of("boot-5"), {}, code_key(8)};
    CHECK(rig.intake.code("27182818") != other.code("27182818"));
}

TEST_CASE("intake: a code and a card of the same digits are not the same secret") {
    const IntakeRig rig;
    CHECK(rig.intake.code("27182818") != rig.intake.card("27182818"));
}

TEST_CASE("intake: a reader that writes small letters shows the same card") {
    const IntakeRig rig;
    CHECK(rig.intake.card("04ab19ff") == rig.intake.card("04AB19FF"));
    CHECK(rig.intake.card("04ab19ff") != rig.intake.card("04ab19fe"));
}
