// Books that patrons bring back, and that couriers take away.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/core/rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

namespace {

// A return behind door 1, and a courier at his list.
void begin_collection(Rig& cabinet) {
    cabinet.grant_courier();
    cabinet.bring("CARD-1");
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(2s);
    cabinet.answer(Answer::done);
    cabinet.wait(20s);
    cabinet.code("900001");
}

}  // namespace

TEST_CASE("books come back: a card, a size, a door, and thanks") {
    Rig cabinet;
    CHECK_FALSE(cabinet.bring_back());
    CHECK(cabinet.screen() == "return_card");
    CHECK_FALSE(cabinet.card("CARD-1"));
    CHECK(cabinet.screen() == "return_size");
    CHECK(cabinet.cabinet.screen(cabinet.now).sizes.size() == 3);
    CHECK_FALSE(cabinet.size(SizeClass::small));
    CHECK(cabinet.screen() == "open 1");
    CHECK(cabinet.returns() == "1 open");
    CHECK_FALSE(cabinet.free(1));
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(2s);
    CHECK(cabinet.screen() == "return_thanks");
    CHECK(cabinet.returns() == "1 stored");
    const auto stored = cabinet.facts(FactKind::return_stored);
    REQUIRE(stored.size() == 1);
    CHECK(stored.front().sealed == "sealed-CARD-1");
    CHECK_FALSE(stored.front().reason);
    cabinet.wait(10s);
    CHECK(cabinet.screen() == "start");
    // The seal is in the record now, and nowhere else.
    CHECK(cabinet.cabinet.ledger().returns.begin()->second.sealed.empty());
    CHECK_FALSE(cabinet.free(1));
}

TEST_CASE("a return shut empty leaves nothing, and its compartment is free") {
    Rig cabinet;
    cabinet.bring("CARD-1");
    cabinet.shut(1);
    cabinet.wait(2s);
    CHECK(cabinet.screen() == "sensed_empty 1");
    SECTION("it was forgotten, and put in after all") {
        CHECK_FALSE(cabinet.answer(Answer::again));
        cabinet.put(1);
        cabinet.shut(1);
        cabinet.wait(2s);
        CHECK(cabinet.returns() == "1 stored");
        return;
    }
    SECTION("the patron says so") { CHECK_FALSE(cabinet.answer(Answer::later)); }
    SECTION("nobody answers") { cabinet.wait(2min); }
    SECTION("a word against the sensor is none") {
        CHECK(cabinet.answer(Answer::done) == Reason::sensed_empty);
        cabinet.wait(2min);
    }
    CHECK(cabinet.returns().empty());
    CHECK(cabinet.free(1));
    CHECK(cabinet.screen() == "start");
    CHECK(cabinet.facts(FactKind::return_stored).empty());
}

TEST_CASE("without a sensor a word decides, and where there is none the books count as there") {
    Rig cabinet{without_sensors()};
    cabinet.bring("CARD-1");
    cabinet.shut(1);
    cabinet.wait(2s);
    CHECK(cabinet.screen() == "confirm_deposit 1");
    SECTION("put in") {
        cabinet.answer(Answer::done);
        CHECK(cabinet.screen() == "return_thanks");
        CHECK(cabinet.returns() == "1 stored");
    }
    SECTION("not put in") {
        cabinet.answer(Answer::missing);
        CHECK(cabinet.screen() == "start");
        CHECK(cabinet.returns().empty());
        CHECK(cabinet.free(1));
    }
    SECTION("nobody says anything") {
        cabinet.wait(2min);
        CHECK(cabinet.screen() == "start");
        CHECK(cabinet.returns() == "1 stored");
        CHECK(cabinet.facts(FactKind::return_stored).front().reason == Reason::no_session);
    }
}

TEST_CASE("a door of a return that does not open gives way to another at once") {
    Rig cabinet;
    cabinet.jammed = {1};
    cabinet.bring("CARD-1");
    cabinet.wait(1min);
    CHECK(cabinet.screen() == "open 4 (jammed)");
    CHECK(cabinet.returns() == "4 open");
    const auto jammed = cabinet.facts(FactKind::jammed);
    REQUIRE(jammed.size() == 1);
    CHECK(jammed.front().book_return);
    CHECK_FALSE(cabinet.free(1));  // out of service
}

TEST_CASE("with no other door left, a return is given up and the screen says where else") {
    Rig cabinet;
    cabinet.jammed = {1, 2, 3, 4, 5};
    cabinet.bring("CARD-1", SizeClass::large);
    cabinet.wait(12s);
    CHECK(cabinet.screen() == "start (jammed)");
    CHECK(cabinet.cabinet.screen(cabinet.now).notice->argument == "the library");
    CHECK(cabinet.returns().empty());
}

TEST_CASE("some compartments are kept for deliveries") {
    Rig cabinet;
    for (const char* card : {"A", "B", "C"}) {
        CHECK_FALSE(cabinet.bring(card));
        const int door = number_of(*cabinet.cabinet.screen(cabinet.now).compartment);
        cabinet.put(door);
        cabinet.shut(door);
        cabinet.wait(2s);
        cabinet.answer(Answer::done);
        cabinet.wait(20s);
    }
    CHECK(cabinet.bring("D") == Reason::returns_full);
    CHECK_FALSE(cabinet.assign());
}

TEST_CASE("one card has only so many returns here at once") {
    Rig cabinet;
    cabinet.spec.limits.returns_a_card = 1;
    cabinet.reboot();
    cabinet.bring("CARD-1");
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(20s);
    CHECK(cabinet.bring("CARD-1") == Reason::returns_limit);
    CHECK(cabinet.screen() == "return_card");
    CHECK_FALSE(cabinet.card("CARD-2"));
    CHECK_FALSE(cabinet.size(SizeClass::small));
}

TEST_CASE("a cabinet without dispatch's key takes no returns") {
    auto spec = usual_spec();
    spec.takes_returns = false;
    Rig cabinet{spec};
    CHECK(cabinet.bring_back() == Reason::returns_off);
    CHECK(cabinet.screen() == "start");
}

TEST_CASE("where no reader card can be shown nobody is asked for one") {
    auto spec = usual_spec();
    spec.cards_by_hand = false;
    const auto desk_for = [](core::ScanMeaning meaning) {
        core::ScanFormat format;
        format.meaning = meaning;
        return core::ReaderSpec{.id = "desk", .formats = {format}};
    };
    const auto offers = [](const Rig& cabinet) {
        return cabinet.cabinet.screen(cabinet.now).takes_returns;
    };
    SECTION("there is no reader") {
        Rig cabinet{spec};
        CHECK_FALSE(offers(cabinet));
        CHECK(cabinet.bring_back() == Reason::returns_off);
    }
    SECTION("the only one reads couriers' cards") {
        spec.readers = {desk_for(core::ScanMeaning::courier_card)};
        Rig cabinet{spec};
        CHECK_FALSE(offers(cabinet));
    }
    SECTION("the one that reads them is unplugged, and comes back") {
        spec.readers = {desk_for(core::ScanMeaning::reader_card)};
        Rig cabinet{spec};
        CHECK(offers(cabinet));
        cabinet.feed(core::ReaderChanged{"desk", false});
        CHECK_FALSE(offers(cabinet));
        CHECK(cabinet.bring_back() == Reason::returns_off);
        cabinet.feed(core::ReaderChanged{"desk", true});
        CHECK(offers(cabinet));
        CHECK_FALSE(cabinet.bring_back());
    }
    SECTION("it is unplugged after the card was shown") {
        spec.readers = {desk_for(core::ScanMeaning::card)};
        Rig cabinet{spec};
        cabinet.bring_back();
        cabinet.card("CARD-1");
        cabinet.feed(core::ReaderChanged{"desk", false});
        CHECK_FALSE(cabinet.size(SizeClass::small));
    }
}

TEST_CASE("who walks off before a size is chosen holds nothing") {
    Rig cabinet;
    cabinet.bring_back();
    cabinet.card("CARD-1");
    SECTION("he waits too long") { cabinet.wait(1min); }
    SECTION("he goes back") { cabinet.answer(Answer::leave); }
    CHECK(cabinet.screen() == "start");
    CHECK(cabinet.returns().empty());
    CHECK(cabinet.size(SizeClass::small) == Reason::no_session);
}

TEST_CASE("who leaves the door of a return open has brought back what lies there when it is shut") {
    Rig cabinet;
    cabinet.bring("CARD-1");
    SECTION("the books") {
        cabinet.put(1);
        cabinet.wait(5min);
        cabinet.shut(1);
        cabinet.wait(2s);
        CHECK(cabinet.returns() == "1 stored");
    }
    SECTION("nothing") {
        cabinet.wait(5min);
        cabinet.shut(1);
        cabinet.wait(3min);
        CHECK(cabinet.returns().empty());
    }
}

TEST_CASE("a power cut during a return: the sensor decides, else the books are taken to be there") {
    const bool sensors = GENERATE(true, false);
    CAPTURE(sensors);
    Rig cabinet{sensors ? usual_spec() : without_sensors()};
    SECTION("asked, and not known whether it was pulsed") {
        cabinet.pulses_answered = false;
        cabinet.bring("CARD-1");
        cabinet.reboot();
        CHECK(cabinet.returns() == (sensors ? "" : "1 stored"));
    }
    SECTION("put in and shut in the dark") {
        cabinet.bring("CARD-1");
        cabinet.put(1);
        cabinet.silently_shut(1);
        cabinet.reboot();
        CHECK(cabinet.returns() == "1 stored");
        CHECK(cabinet.facts(FactKind::return_stored).front().sealed == "sealed-CARD-1");
    }
    SECTION("shut empty in the dark") {
        cabinet.bring("CARD-1");
        cabinet.silently_shut(1);
        cabinet.reboot();
        CHECK(cabinet.returns() == (sensors ? "" : "1 stored"));
    }
    SECTION("the door still stands open") {
        cabinet.bring("CARD-1");
        cabinet.reboot();
        cabinet.put(1);
        cabinet.shut(1);
        cabinet.wait(2s);
        CHECK(cabinet.returns() == "1 stored");
    }
}

TEST_CASE("a courier takes the returns out, door after door") {
    Rig cabinet;
    cabinet.grant_courier();
    for (const int door : {1, 4}) {
        cabinet.bring("CARD-1");
        cabinet.put(door);
        cabinet.shut(door);
        cabinet.wait(2s);
        cabinet.answer(Answer::done);
        cabinet.wait(20s);
    }
    CHECK(cabinet.returns() == "1 stored, 4 stored");
    cabinet.code("900001");
    CHECK(cabinet.cabinet.screen(cabinet.now).returns.size() == 2);
    CHECK_FALSE(cabinet.collect());
    CHECK(cabinet.screen() == "open 1");
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(2s);
    CHECK(cabinet.screen() == "open 4");
    cabinet.shut(4);
    cabinet.wait(2s);
    CHECK(cabinet.screen() == "confirm_collection 4");
    CHECK_FALSE(cabinet.answer(Answer::missing));
    CHECK(cabinet.screen() == "courier_list");
    const auto collected = cabinet.facts(FactKind::return_collected);
    REQUIRE(collected.size() == 2);
    CHECK(collected.front().detail == "inside");
    CHECK(collected.back().detail == "gone");
    CHECK(collected.back().person == protocol::PersonId::of("courier-7"));
    CHECK(cabinet.returns().empty());
    CHECK(cabinet.free(1));
    CHECK(cabinet.free(4));
    CHECK(cabinet.collect() == Reason::wrong_state);
}

TEST_CASE("a return that somebody has taken is found out, and ends as gone") {
    Rig cabinet;
    begin_collection(cabinet);
    cabinet.answer(Answer::leave);
    cabinet.force(1);
    cabinet.take(1);
    cabinet.shut(1);
    cabinet.wait(2s);
    CHECK(cabinet.returns() == "1 disputed");
    CHECK(cabinet.facts(FactKind::disputed).front().reason == Reason::sensed_empty);
    cabinet.code("900001");
    cabinet.collect();
    cabinet.shut(1);
    cabinet.wait(2s);
    CHECK(cabinet.facts(FactKind::return_collected).front().detail == "gone");
    CHECK(cabinet.free(1));
}

TEST_CASE("a return that is left inside at its collection stays on the list") {
    Rig cabinet;
    begin_collection(cabinet);
    cabinet.collect();
    cabinet.shut(1);
    cabinet.wait(2s);
    CHECK(cabinet.screen() == "still_occupied 1");
    CHECK(cabinet.answer(Answer::missing) == Reason::sensed_occupied);
    SECTION("the courier says that he has it") {
        CHECK_FALSE(cabinet.answer(Answer::done));
        CHECK(cabinet.returns() == "1 disputed");
    }
    SECTION("he opens it again") {
        cabinet.answer(Answer::again);
        cabinet.take(1);
        cabinet.shut(1);
        cabinet.wait(2s);
        CHECK(cabinet.returns().empty());
        return;
    }
    SECTION("nobody answers") {
        cabinet.wait(2min);
        CHECK(cabinet.returns() == "1 stored");
        cabinet.code("900001");
    }
    CHECK(cabinet.cabinet.screen(cabinet.now).returns.size() == 1);
}

TEST_CASE("a patron may bring books back while the courier reads his list") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.code("900001");
    CHECK_FALSE(cabinet.bring("CARD-1"));
    CHECK(cabinet.screen() == "open 1");
    cabinet.put(1);
    cabinet.shut(1);
    cabinet.wait(2s);
    cabinet.wait(10s);
    CHECK(cabinet.screen() == "courier_list");
}

TEST_CASE("a courier's card at the start of a return is the courier") {
    Rig cabinet;
    cabinet.grant_courier();
    cabinet.bring_back();
    CHECK_FALSE(cabinet.card("COURIER"));
    CHECK(cabinet.screen() == "courier_list");
}

TEST_CASE("nothing else is put where a return lies") {
    Rig cabinet;
    begin_collection(cabinet);
    CHECK(cabinet.send(protocol::Adopt{{.delivery = DeliveryId::of("D-9"),
                                        .patron = protocol::PersonId::of("P-1")},
                                       CompartmentNumber{1}},
                       {.code = secret("99998888")}) == Reason::compartment_busy);
    cabinet.assign();
    CHECK(cabinet.place("D-1") == 4);
}
