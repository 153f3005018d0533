#include <catch2/catch_test_macros.hpp>

#include "tests/daemon/intake_rig.hpp"

namespace lucheng::daemon {
namespace {

using core::ScanMeaning;

core::ReaderSpec reader() {
    core::ScanFormat token, parcel, card;
    token.meaning = ScanMeaning::token;
    parcel.meaning = ScanMeaning::parcel;
    parcel.prefix = "LC:";
    card.meaning = ScanMeaning::reader_card;
    card.writing = core::CardWriting::hex;
    card.order = core::ByteOrder::reversed;
    return {.id = "desk", .formats = {parcel, token, card}};
}

TEST_CASE("intake: a scan arrives told apart and hashed, as if it had been typed") {
    const IntakeRig rig;
    const auto token = rig.intake.scanned(reader(), "1234567890123456");
    CHECK(token.reader == "desk");
    CHECK(token.meaning == ScanMeaning::token);
    CHECK(token.secret == rig.intake.token("1234567890123456"));
    const auto card = rig.intake.scanned(reader(), "b0ced104");
    CHECK(card.meaning == ScanMeaning::reader_card);
    CHECK(card.secret == rig.intake.card("04d1ceb0"));  // as dispatch has sealed it
    const auto parcel = rig.intake.scanned(reader(), "LC:D-7");
    CHECK(parcel.meaning == ScanMeaning::parcel);
    CHECK(parcel.parcel.str() == "D-7");
}

TEST_CASE("intake: who brings books back is sealed to dispatch, where its key is known") {
    IntakeRig rig;
    CHECK(rig.intake.sealed_card("04d1ceb0").empty());
    const protocol::SealingKey dispatch{code_key(9)};
    rig.intake.seal_cards_to(dispatch.public_key());
    const auto scanned = rig.intake.scanned(reader(), "b0ced104");
    const auto box = protocol::from_base64(scanned.sealed);
    REQUIRE(box);
    const auto opened = dispatch.open(*box);
    REQUIRE(opened);
    CHECK(opened.value().cards == std::vector<std::string>{"04D1CEB0"});
    CHECK_FALSE(protocol::SealingKey{code_key()}.open(*box));
}

TEST_CASE("intake: of what fits no format nothing arrives but whose it was") {
    const IntakeRig rig;
    const auto scanned = rig.intake.scanned(reader(), "secret words");
    CHECK(scanned.reader == "desk");
    CHECK_FALSE(scanned.meaning);
    CHECK(scanned.secret == core::SecretHash{});
    CHECK(scanned.parcel.empty());
}

}  // namespace
}  // namespace lucheng::daemon
