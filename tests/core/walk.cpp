// A walk through every compartment, 逐格清点: who begins one, and what a word does.
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include "tests/core/walk_rig.hpp"

using namespace lucheng::test;
using lucheng::protocol::FactKind;
namespace core = lucheng::core;
namespace protocol = lucheng::protocol;

TEST_CASE("staff walk through every compartment in turn, and the report says what they found") {
    Rig cabinet;
    deposit(cabinet);
    log_in(cabinet);
    CHECK_FALSE(walk(cabinet));
    auto screen = screen_of(cabinet);
    CHECK(screen.purpose == core::Purpose::walk);
    CHECK(screen.delivery == DeliveryId::of("D-1"));
    CHECK(screen.books == 3);
    CHECK(screen.door == 1);
    CHECK(screen.doors == 5);
    CHECK(core::describe(cabinet.facts(FactKind::unlock_authorised).back()) ==
          "unlock_authorised 1 D-1 #2 walk by local");
    CHECK(cabinet.facts(FactKind::unlock_authorised).back().person == staff_person);
    CHECK_FALSE(say_of(cabinet, 1));
    CHECK_FALSE(say_of(cabinet, 2));
    screen = screen_of(cabinet);
    CHECK_FALSE(screen.delivery);
    CHECK(screen.door == 3);
    CHECK_FALSE(say_of(cabinet, 3));
    CHECK_FALSE(say_of(cabinet, 4));
    CHECK(report_of(cabinet).empty());
    CHECK_FALSE(say_of(cabinet, 5));
    CHECK(cabinet.screen() == "walk_report");
    CHECK(report_of(cabinet) == "5 of 5 whole");
    CHECK(told(cabinet) == "walked whole 5/0/0/0");
    CHECK(cabinet.state("D-1") == DeliveryState::stored);
    for (const int door : {2, 3, 4, 5}) CHECK(cabinet.free(door));
    CHECK(cabinet.stored.authorisations.empty());
    CHECK_FALSE(cabinet.answer(Answer::done));
    CHECK(cabinet.screen() == "courier_list");
    CHECK_FALSE(screen_of(cabinet).walk);
}

TEST_CASE("nobody but staff begins a walk, and they from their list alone") {
    Rig cabinet;
    deposit(cabinet);
    auto why = Reason::no_session;
    SECTION("nobody is logged in") {}
    SECTION("a courier is") {
        REQUIRE_FALSE(cabinet.code("900001"));
        why = Reason::not_permitted;
    }
    SECTION("a patron is") {
        REQUIRE_FALSE(cabinet.code("11112222"));
        shut(cabinet, 1);
        why = Reason::not_permitted;
    }
    SECTION("staff are at an open door") {
        log_in(cabinet);
        cabinet.feed(core::OpeningAsked{CompartmentNumber{3}});
        why = Reason::wrong_session;
    }
    SECTION("staff test the locks") {
        log_in(cabinet);
        cabinet.feed(core::TestAsked{{.kind = protocol::TestKind::self_test, .what = {}}, true});
        why = Reason::test_running;
    }
    SECTION("the disk is full") {
        log_in(cabinet);
        cabinet.feed(core::StoreSpace{true});
        why = Reason::store_full;
    }
    SECTION("the walk is under way") {
        log_in(cabinet);
        REQUIRE_FALSE(walk(cabinet));
        why = Reason::wrong_session;
    }
    const auto authorised = cabinet.facts(FactKind::unlock_authorised).size();
    CHECK(walk(cabinet) == why);
    CHECK(cabinet.facts(FactKind::unlock_authorised).size() == authorised);
}

TEST_CASE("a badge that was copied walks through a cabinet a few times a day and no more") {
    auto spec = usual_spec();
    spec.limits.walks_a_day = 2;
    Rig cabinet{spec};
    for (int i = 0; i < 2; ++i) {
        log_in(cabinet);
        REQUIRE_FALSE(walk(cabinet));
        CHECK_FALSE(say_of(cabinet, 1, Answer::leave));
        CHECK_FALSE(cabinet.answer(Answer::leave));
    }
    log_in(cabinet);
    CHECK(walk(cabinet) == Reason::walk_cap);
    CHECK(cabinet.screen() == "courier_list");
    cabinet.wait(25h);
    log_in(cabinet);
    CHECK_FALSE(walk(cabinet));
}

TEST_CASE("what a walk does not find is disputed, and who took part is on record") {
    const bool sensors = GENERATE(true, false);
    CAPTURE(sensors);
    Rig cabinet{sensors ? usual_spec() : without_sensors()};
    deposit(cabinet);
    cabinet.force(1);
    cabinet.take(1);
    if (!sensors) cabinet.send(protocol::Resolve{DeliveryId::of("D-1"), protocol::Found::inside});
    shut(cabinet, 1);
    if (!sensors) cabinet.send(protocol::Resolve{DeliveryId::of("D-1"), protocol::Found::inside});
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    CHECK(say_of(cabinet, 1, Answer::missing) == std::nullopt);
    CHECK(cabinet.state("D-1") == DeliveryState::disputed);
    CHECK(cabinet.facts(FactKind::disputed).back().reason ==
          (sensors ? Reason::sensed_empty : Reason::found_missing));
    CHECK(cabinet.screen() == "open 2");
    say_of(cabinet, 2, Answer::leave);
    CHECK(report_of(cabinet) == "0 of 5, 1 missing D-1, 2 skipped");
    CHECK(told(cabinet) ==
          "walk_found 1 missing; walk_found 2 skipped; walked part 0/1/0/1 (by_staff)");
    CHECK(cabinet.facts(FactKind::walk_found).front().delivery == DeliveryId::of("D-1"));
}

TEST_CASE("what a sensor contradicts is not believed in a walk either") {
    Rig cabinet;
    deposit(cabinet);
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    CHECK(say_of(cabinet, 1, Answer::missing) == Reason::sensed_occupied);
    CHECK(cabinet.screen() == "walk_question 1");
    CHECK_FALSE(cabinet.answer(Answer::again));
    cabinet.take(1);
    CHECK(say_of(cabinet, 1, Answer::done) == Reason::sensed_empty);
    CHECK(cabinet.answer(Answer::still_there) == Reason::sensed_empty);
    CHECK(cabinet.state("D-1") == DeliveryState::disputed);  // at once, by the sensor's word
    CHECK_FALSE(cabinet.answer(Answer::missing));
    CHECK(say_of(cabinet, 2, Answer::missing) == Reason::wrong_session);
    CHECK(cabinet.answer(Answer::still_there) == Reason::sensed_empty);
    CHECK_FALSE(cabinet.answer(Answer::done));
    cabinet.put(3);
    CHECK(say_of(cabinet, 3, Answer::done) == Reason::sensed_occupied);
    CHECK_FALSE(cabinet.free(3));
    CHECK_FALSE(cabinet.answer(Answer::later));  // skipped: the sensor's word stands
    CHECK_FALSE(cabinet.free(3));
    CHECK(cabinet.screen() == "open 4");
}

TEST_CASE("what a walk finds besides is unexplained until somebody has looked again") {
    Rig cabinet;
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    cabinet.put(1);
    CHECK_FALSE(say_of(cabinet, 1, Answer::still_there));
    say_of(cabinet, 2);
    say_of(cabinet, 3);
    CHECK_FALSE(say_of(cabinet, 4, Answer::still_there));  // no sensor
    say_of(cabinet, 5);
    CHECK(report_of(cabinet) == "3 of 5 whole, 1 extra, 4 extra");
    CHECK(told(cabinet) == "walk_found 1 extra; walk_found 4 extra; walked whole 3/0/2/0");
    cabinet.reboot();
    CHECK_FALSE(cabinet.free(1));
    CHECK_FALSE(cabinet.free(4));
    cabinet.take(1);
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    for (const int door : {1, 2, 3, 4, 5}) CHECK_FALSE(say_of(cabinet, door));
    CHECK(report_of(cabinet) == "5 of 5 whole");
    CHECK(cabinet.free(1));
    CHECK(cabinet.free(4));
    CHECK(cabinet.facts(FactKind::confirmed_empty).size() == 2);
}

TEST_CASE("what lies beside a delivery is unexplained, and the delivery stays its patron's") {
    const bool sensors = GENERATE(true, false);
    CAPTURE(sensors);
    Rig cabinet{sensors ? usual_spec() : without_sensors()};
    deposit(cabinet);
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    CHECK_FALSE(say_of(cabinet, 1, Answer::still_there));
    CHECK(cabinet.state("D-1") == DeliveryState::stored);
    CHECK(cabinet.stored.compartments.at(CompartmentNumber{1}).unexplained);
    say_of(cabinet, 2, Answer::leave);
    CHECK(report_of(cabinet).starts_with("0 of 5, 1 extra D-1"));
    cabinet.answer(Answer::leave);
    CHECK_FALSE(cabinet.code("11112222"));
    cabinet.take(1);
    shut(cabinet, 1);
    if (!sensors) CHECK_FALSE(cabinet.answer(Answer::done));
    CHECK(cabinet.state("D-1") == DeliveryState::collected);
    CHECK_FALSE(cabinet.stored.compartments.at(CompartmentNumber{1}).unexplained);
}

TEST_CASE("a disputed delivery that a walk finds is disputed no more") {
    Rig cabinet{without_sensors()};
    deposit(cabinet);
    cabinet.force(1);  // somebody was in there, and nobody knows what they did
    shut(cabinet, 1);
    REQUIRE(cabinet.state("D-1") == DeliveryState::disputed);
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    CHECK(screen_of(cabinet).disputed);
    SECTION("it is there") {
        CHECK_FALSE(say_of(cabinet, 1));
        CHECK(cabinet.state("D-1") == DeliveryState::stored);
        const auto resolved = cabinet.facts(FactKind::resolved);
        REQUIRE(resolved.size() == 1);
        CHECK(resolved.front().detail == "inside");
        CHECK(resolved.front().person == staff_person);
        CHECK(resolved.front().means == protocol::Means::local);
        CHECK(resolved.front().authorisation);
    }
    SECTION("it is not") {
        CHECK_FALSE(say_of(cabinet, 1, Answer::missing));
        CHECK(cabinet.state("D-1") == DeliveryState::disputed);
        CHECK(cabinet.facts(FactKind::resolved).empty());
        CHECK(told(cabinet) == "walk_found 1 missing");
    }
    SECTION("nobody says") {
        CHECK_FALSE(say_of(cabinet, 1, Answer::later));
        CHECK(cabinet.state("D-1") == DeliveryState::disputed);
    }
    CHECK_FALSE(screen_of(cabinet).disputed);
}

TEST_CASE("returns are compared in a walk as deliveries are") {
    const bool sensors = GENERATE(true, false);
    CAPTURE(sensors);
    Rig cabinet{sensors ? usual_spec() : without_sensors()};
    bring_books(cabinet);
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    CHECK(screen_of(cabinet).returned);
    SECTION("there") {
        CHECK_FALSE(say_of(cabinet, 1));
        CHECK(cabinet.returns() == "1 stored");
    }
    SECTION("not there, and there again") {
        cabinet.take(1);
        CHECK_FALSE(say_of(cabinet, 1, Answer::missing));
        CHECK(cabinet.returns() == "1 disputed");
        say_of(cabinet, 2, Answer::leave);
        CHECK(report_of(cabinet).starts_with("0 of 5, 1 missing return"));
        cabinet.answer(Answer::done);
        REQUIRE_FALSE(walk(cabinet));
        CHECK(screen_of(cabinet).disputed);
        cabinet.put(1);
        CHECK_FALSE(say_of(cabinet, 1));
        CHECK(cabinet.returns() == "1 stored");
        const auto resolved = cabinet.facts(FactKind::resolved);
        REQUIRE(resolved.size() == 1);
        CHECK(resolved.front().book_return);
        CHECK_FALSE(resolved.front().delivery);
    }
    SECTION("nobody says") {
        CHECK_FALSE(say_of(cabinet, 1, Answer::later));
        CHECK(cabinet.returns() == (sensors ? "1 stored" : "1 disputed"));
    }
}

TEST_CASE("a compartment that is reserved should be empty, and moves when it is not") {
    Rig cabinet{without_sensors()};
    REQUIRE_FALSE(cabinet.assign());
    REQUIRE(cabinet.place("D-1") == 1);
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    CHECK_FALSE(screen_of(cabinet).delivery);
    SECTION("it is") {
        CHECK_FALSE(say_of(cabinet, 1));
        CHECK(cabinet.place("D-1") == 1);
    }
    SECTION("it is not") {
        CHECK_FALSE(say_of(cabinet, 1, Answer::still_there));
        CHECK(cabinet.place("D-1") == 4);
        CHECK(cabinet.facts(FactKind::reassigned).back().reason == Reason::unexplained_occupant);
        CHECK_FALSE(cabinet.free(1));
    }
    SECTION("staff look twice") {
        CHECK_FALSE(say_of(cabinet, 1, Answer::again));
        CHECK_FALSE(say_of(cabinet, 1));
        CHECK(cabinet.place("D-1") == 1);
    }
    CHECK(cabinet.state("D-1") == DeliveryState::assigned);
    CHECK(cabinet.facts(FactKind::disputed).empty());
}

TEST_CASE("nothing is put behind a door while staff are asked what is there") {
    Rig cabinet{without_sensors()};
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    shut(cabinet, 1);
    REQUIRE(cabinet.screen() == "walk_question 1");
    REQUIRE_FALSE(cabinet.assign());
    CHECK(cabinet.place("D-1") == 4);
    CHECK_FALSE(cabinet.answer(Answer::done));
    CHECK(cabinet.free(1));
    CHECK(cabinet.screen() == "open 2");
}

TEST_CASE("a walk that was whole ends the need of one, and no other does") {
    Rig cabinet;
    adopt(cabinet);
    CHECK_FALSE(screen_of(cabinet).walk_needed);  // nobody is logged in
    log_in(cabinet);
    CHECK(screen_of(cabinet).walk_needed);
    REQUIRE_FALSE(walk(cabinet));
    for (const int door : {1, 2, 3, 4}) CHECK_FALSE(say_of(cabinet, door));
    bool needed = true;
    SECTION("every door") {
        CHECK_FALSE(say_of(cabinet, 5));
        needed = false;
    }
    SECTION("something is missing, and they said so") {
        cabinet.put(5);
        CHECK_FALSE(say_of(cabinet, 5, Answer::still_there));
        needed = false;
    }
    SECTION("one was skipped") { CHECK_FALSE(say_of(cabinet, 5, Answer::later)); }
    SECTION("they left early") { CHECK_FALSE(say_of(cabinet, 5, Answer::leave)); }
    SECTION("more was adopted meanwhile") {
        CHECK_FALSE(cabinet.send(protocol::Adopt{{.delivery = DeliveryId::of("D-8"),
                                                  .patron = protocol::PersonId::of("P")},
                                                 CompartmentNumber{4}},
                                 {.code = secret("99997777")}));
        CHECK_FALSE(say_of(cabinet, 5));
    }
    CHECK(cabinet.screen() == "walk_report");
    CHECK(cabinet.stored.cabinet.walk_needed == needed);
    CHECK(screen_of(cabinet).walk_needed == needed);
    cabinet.reboot();
    CHECK(cabinet.stored.cabinet.walk_needed == needed);
    CHECK(cabinet.state("D-9") == DeliveryState::stored);
}

TEST_CASE("other words than those of a walk are refused in one") {
    Rig cabinet;
    deposit(cabinet);
    log_in(cabinet);
    REQUIRE_FALSE(walk(cabinet));
    const auto refuses = [&](std::initializer_list<Answer> words) {
        for (const auto word : words) CHECK(cabinet.answer(word) == Reason::wrong_session);
    };
    refuses({Answer::done, Answer::later, Answer::leave, Answer::missing, Answer::again});
    shut(cabinet, 1);
    refuses({Answer::too_large, Answer::damaged});
    CHECK_FALSE(cabinet.answer(Answer::stay));
    CHECK_FALSE(cabinet.answer(Answer::help));
    CHECK(cabinet.choose("D-1") == Reason::wrong_session);
    CHECK(cabinet.collect() == Reason::wrong_session);
    CHECK_FALSE(cabinet.answer(Answer::leave));
    refuses({Answer::again, Answer::missing, Answer::later});
    CHECK_FALSE(cabinet.answer(Answer::leave));
    CHECK(cabinet.screen() == "start");
}
