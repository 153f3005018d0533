// Scanner and card reader at the cabinet.
#include <catch2/catch_test_macros.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::core::ScanMeaning;
using lucheng::protocol::FactKind;

namespace {

std::optional<Reason> scan(Rig& cabinet, ScanMeaning meaning, std::string_view text) {
    const auto decision =
        cabinet.feed(lucheng::core::Scanned{"scanner", meaning, secret(text), {}});
    return decision.refusal ? std::optional{decision.refusal->reason} : std::nullopt;
}

std::optional<Reason> scan_label(Rig& cabinet, const std::string& id) {
    const auto decision = cabinet.feed(
        lucheng::core::Scanned{"scanner", ScanMeaning::parcel, {}, DeliveryId::of(id)});
    return decision.refusal ? std::optional{decision.refusal->reason} : std::nullopt;
}

std::optional<Reason> scan_garbage(Rig& cabinet) {
    const auto decision = cabinet.feed(lucheng::core::Scanned{"scanner", {}, {}, {}});
    return decision.refusal ? std::optional{decision.refusal->reason} : std::nullopt;
}

// D-1 lies behind door 2.
void deposit(Rig& cabinet, const Parcel& parcel) {
    REQUIRE_FALSE(cabinet.assign(parcel));
    REQUIRE_FALSE(scan(cabinet, ScanMeaning::courier_card, "COURIER"));
    REQUIRE_FALSE(scan_label(cabinet, parcel.id));
    const int door = *cabinet.place(parcel.id);
    cabinet.put(door);
    cabinet.shut(door);
    cabinet.wait(2s);
    cabinet.answer(Answer::leave);
}

}  // namespace

TEST_CASE("a courier's card and a parcel's label are enough for a drop-off") {
    Rig cabinet;
    cabinet.grant_courier();
    deposit(cabinet, {.id = "D-1"});
    CHECK(cabinet.state("D-1") == DeliveryState::stored);
}

TEST_CASE("a scanned code, token or card opens what it would open when typed") {
    for (const auto& [meaning, text] : {std::pair{ScanMeaning::code, "11112222"},
                                        {ScanMeaning::token, "6180339887498948"},
                                        {ScanMeaning::card, "CARD-7"},
                                        {ScanMeaning::reader_card, "CARD-7"}}) {
        Rig cabinet;
        cabinet.grant_courier();
        deposit(cabinet, {.id = "D-1", .cards = {"CARD-7"}, .token = "6180339887498948"});
        const int door = *cabinet.place("D-1");
        const int before = cabinet.pulses(door);
        CHECK_FALSE(scan(cabinet, meaning, text));
        CHECK(cabinet.pulses(door) == before + 1);
    }
}

TEST_CASE("a courier's badge with a patron's number opens nothing, nor the other way round") {
    Rig cabinet;
    cabinet.grant_courier();
    deposit(cabinet, {.id = "D-1", .cards = {"CARD-7"}});
    const int door = *cabinet.place("D-1");
    const int before = cabinet.pulses(door);
    CHECK(scan(cabinet, ScanMeaning::courier_card, "CARD-7") == Reason::card_unknown);
    CHECK(scan(cabinet, ScanMeaning::reader_card, "COURIER") == Reason::card_unknown);
    CHECK(cabinet.pulses(door) == before);
    CHECK_FALSE(scan(cabinet, ScanMeaning::card, "COURIER"));  // whose it is, the ledger tells
}

TEST_CASE("scanned codes are counted with the typed ones, and wait for the same lock-out") {
    Rig cabinet;
    CHECK(cabinet.code("0000") == Reason::code_unknown);
    CHECK(scan(cabinet, ScanMeaning::code, "0001") == Reason::code_unknown);
    CHECK(cabinet.code("0002") == Reason::code_unknown);
    CHECK(scan(cabinet, ScanMeaning::code, "0003") == Reason::locked_out);
    CHECK(scan(cabinet, ScanMeaning::code, "0004") == Reason::locked_out);
    CHECK(cabinet.facts(FactKind::denied).size() == 4);
}

TEST_CASE("a label is for who is logged in, at the list, and of what is expected here") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.assign();
    CHECK(scan_label(cabinet, "D-1") == Reason::no_session);
    cabinet.card("COURIER");
    CHECK(scan_label(cabinet, "D-9") == Reason::not_here);
    CHECK_FALSE(scan_label(cabinet, "D-1"));
    CHECK(scan_label(cabinet, "D-1") == Reason::wrong_session);
}

TEST_CASE("why a scan was refused stands on the screen for a moment") {
    Rig cabinet;
    const auto start = cabinet.screen();
    scan(cabinet, ScanMeaning::card, "NOBODY");
    CHECK(cabinet.screen() == start + " (card_unknown)");
    cabinet.wait(7s);
    CHECK(cabinet.screen() == start + " (card_unknown)");
    scan_garbage(cabinet);
    CHECK(cabinet.screen() == start + " (scan_unknown)");
    cabinet.wait(8s);
    CHECK(cabinet.screen() == start);
    scan(cabinet, ScanMeaning::card, "NOBODY");
    cabinet.grant_courier();
    CHECK_FALSE(scan(cabinet, ScanMeaning::card, "COURIER"));
    CHECK(cabinet.screen().find("unknown") == std::string::npos);
    scan_garbage(cabinet);
    CHECK(cabinet.screen().find("scan_unknown") != std::string::npos);
    cabinet.answer(Answer::leave);
    CHECK(cabinet.screen() == start);
}

TEST_CASE("ten thousand scans of garbage are a few entries in the journal") {
    Rig cabinet;
    for (int i = 0; i < 10'000; ++i) CHECK(scan_garbage(cabinet) == Reason::scan_unknown);
    CHECK(cabinet.facts(FactKind::denied).size() == 20);
    cabinet.wait(1h);
    CHECK(cabinet.facts(FactKind::counted).back().count == 9'980);
}

TEST_CASE("a reader that goes and comes is told of once each, a loose plug a few times an hour") {
    Rig cabinet;
    const auto changed = [&](bool there) {
        cabinet.feed(lucheng::core::ReaderChanged{"scanner", there});
    };
    changed(true);  // as was expected
    CHECK(cabinet.facts(FactKind::hardware_back).empty());
    changed(false);
    changed(false);
    changed(true);
    CHECK(cabinet.facts(FactKind::hardware_lost).size() == 1);
    CHECK(cabinet.facts(FactKind::hardware_back).size() == 1);
    CHECK(cabinet.facts(FactKind::hardware_lost).front().detail == "scanner");
    for (int i = 0; i < 500; ++i) changed(i % 2 != 0);
    CHECK(cabinet.facts(FactKind::hardware_lost).size() == 20);
}
