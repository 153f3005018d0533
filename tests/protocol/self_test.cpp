// A self-test as the cabinet's own interface carries it.
#include "protocol/self_test.hpp"

#include <catch2/catch_test_macros.hpp>

#include "examples.hpp"

namespace lucheng::protocol {

TEST_CASE("a test's order, answer and report are read as they were written") {
    const auto order = decode_test_order(encode(examples::test_order()));
    REQUIRE(order);
    CHECK(order.value().kind == TestKind::commissioning);
    CHECK(order.value().what.compartments == examples::test_order().what.compartments);
    CHECK(order.value().by == PersonId::of("wang"));

    const TestAnswer said{CompartmentNumber{3}, TestWord::door, CompartmentNumber{7}};
    const auto answer = decode_test_answer(encode(said));
    REQUIRE(answer);
    CHECK(answer.value().door == CompartmentNumber{7});
    CHECK(answer.value().word == TestWord::door);

    const auto report = decode_test_report(encode(examples::test_report()));
    REQUIRE(report);
    CHECK(report.value() == examples::test_report());
}

TEST_CASE("a test that names nobody, too many compartments or no door is refused") {
    const auto refused = [](std::string_view field, const auto& read) {
        INFO(field);
        REQUIRE_FALSE(read);
        CHECK(read.refusal() == Refusal{Reason::malformed, std::string{field}});
    };
    refused("by", decode_test_order(R"({"kind":"self_test"})"));
    refused("kind", decode_test_order(R"({"kind":"exam","by":"wang"})"));
    refused("compartments",
            decode_test_order(R"({"kind":"self_test","by":"wang","compartments":[0]})"));
    std::string many = R"({"kind":"self_test","by":"wang","compartments":[1)";
    for (int i = 0; i < 96; ++i) many += ",1";
    refused("compartments", decode_test_order(many + "]}"));
    refused("door", decode_test_answer(R"({"compartment":3,"said":"door"})"));
    refused("said", decode_test_answer(R"({"compartment":3,"said":"perhaps"})"));
}

TEST_CASE("what was left alone for a good reason is no fault") {
    const CompartmentNumber one{1};
    CHECK_FALSE(is_fault({.number = one}));
    CHECK_FALSE(is_fault({one, false, {{Reason::compartment_busy, {}}}}));
    CHECK_FALSE(is_fault({one, false, {{Reason::out_of_service, {}}}}));
    CHECK(is_fault({one, false, {{Reason::hardware_lost, {}}}}));
    CHECK(is_fault({one, true, {{Reason::switch_stuck, {}}}}));
}

TEST_CASE("a report says of each compartment whether it is at fault") {
    TestReport report;
    const auto says = [&](bool tested, Reason reason) {
        report.results = {{CompartmentNumber{1}, tested, {{reason, {}}}}};
        return encode(report).find(R"("fault":true)") != std::string::npos;
    };
    CHECK(says(true, Reason::switch_stuck));
    CHECK(says(false, Reason::hardware_lost));
    CHECK_FALSE(says(false, Reason::compartment_busy));
    report.results = {{.number = CompartmentNumber{1}}};
    CHECK(encode(report).find("fault") == std::string::npos);
    report.results = {{CompartmentNumber{1}, true, {{Reason::switch_stuck, {}}}}};
    const auto read = decode_test_report(encode(report));
    REQUIRE(read);
    CHECK(read.value() == report);
}

}  // namespace lucheng::protocol
