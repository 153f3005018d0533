// What staff ask at the screen, as the cabinet's own interface carries it.
#include "protocol/codec_staff.hpp"

#include <boost/json/parse.hpp>
#include <catch2/catch_test_macros.hpp>

#include "protocol/codec_kiosk.hpp"

namespace lucheng::protocol {

TEST_CASE("what staff ask is read, and what is not as documented is refused by its field") {
    CHECK(decode_opening(R"({"compartment":12})").value() == CompartmentNumber{12});
    CHECK(decode_opening("{}").refusal().argument == "compartment");
    CHECK(decode_opening(R"({"compartment":0})").refusal().argument == "compartment");
    CHECK(decode_opening(R"({"compartment":"12"})").refusal().argument == "compartment");
    CHECK_FALSE(decode_opening("12"));

    const auto one = decode_service(R"({"compartment":3,"in_service":false})");
    REQUIRE(one);
    CHECK(one.value().compartment == CompartmentNumber{3});
    CHECK_FALSE(one.value().in_service);
    const auto all = decode_service(R"({"in_service":true})");
    REQUIRE(all);
    CHECK_FALSE(all.value().compartment);
    CHECK(all.value().in_service);
    CHECK(decode_service(R"({"compartment":3})").refusal().argument == "in_service");
    CHECK(decode_service(R"({"compartment":-3,"in_service":true})").refusal().argument ==
          "compartment");
}

TEST_CASE("a test that staff ask for is in the name of the session, whatever it says") {
    const auto order = decode_staff_test(
        R"({"kind":"commissioning","compartments":[3,12],"by":"somebody else","sensors":true})");
    REQUIRE(order);
    CHECK(order.value().kind == TestKind::commissioning);
    CHECK(order.value().what.compartments.size() == 2);
    CHECK(order.value().what.sensors);
    CHECK(order.value().by.empty());
    CHECK(decode_staff_test(R"({"kind":"self_test"})"));
    CHECK(decode_staff_test("{}").refusal().argument == "kind");
}

TEST_CASE("the newest entries of the record are told in order") {
    const auto told = boost::json::parse(encode(std::vector<JournalLine>{
        {JournalNumber{7}, WallTime{}, "closed 12 #3"}, {JournalNumber{8}, WallTime{}, "\"\n"}}));
    const auto& entries = told.at("entries").as_array();
    REQUIRE(entries.size() == 2);
    CHECK(entries.at(0).at("number").as_int64() == 7);
    CHECK(entries.at(0).at("at").as_string() == "1970-01-01T00:00:00.000Z");
    CHECK(entries.at(1).at("text").as_string() == "\"\n");
}

TEST_CASE("what staff see is pushed beside the screen, and only to them") {
    CHECK(encode_push(R"({"a":1})", {}, {}) == R"({"screen":{"a":1}})");
    CHECK(encode_push(R"({"a":1})", encode_staff(R"({"b":2})", R"({"c":3})"), {}) ==
          R"({"screen":{"a":1},"staff":{"state":{"b":2},"test":{"c":3}}})");
}

}  // namespace lucheng::protocol
