#include <catch2/catch_test_macros.hpp>
#include <string>

#include "protocol/codec.hpp"

namespace lucheng::protocol {

namespace {

WallTime at(std::int64_t milliseconds) { return WallTime{Milliseconds{milliseconds}}; }

}  // namespace

TEST_CASE("a time is written in UTC with milliseconds") {
    CHECK(format_time(at(0)) == "1970-01-01T00:00:00.000Z");
    CHECK(format_time(at(951'782'400'001)) == "2000-02-29T00:00:00.001Z");
    CHECK(format_time(at(1'795'334'400'000)) == "2026-11-22T08:00:00.000Z");
    CHECK(format_time(at(2'147'483'648'000)) == "2038-01-19T03:14:08.000Z");
    CHECK(format_time(at(4'102'444'799'999)) == "2099-12-31T23:59:59.999Z");
}

TEST_CASE("a clock gone mad is written as the nearest time that can be read back") {
    CHECK(format_time(WallTime::min()) == "1970-01-01T00:00:00.000Z");
    CHECK(format_time(at(-1)) == "1970-01-01T00:00:00.000Z");
    CHECK(format_time(at(4'102'444'800'000)) == "2099-12-31T23:59:59.999Z");
    CHECK(format_time(WallTime::max()) == "2099-12-31T23:59:59.999Z");
}

TEST_CASE("every time that is written is read back") {
    // A step of about 17 days that is a multiple of no day, hour or minute.
    for (std::int64_t ms = 0; ms < 4'102'444'800'000; ms += 1'500'000'007) {
        const auto time = parse_time(format_time(at(ms)));
        REQUIRE(time);
        REQUIRE(time.value() == at(ms));
    }
}

TEST_CASE("a time may leave out its fraction or bring nanoseconds") {
    CHECK(parse_time("2026-11-22T08:00:00Z").value() == at(1'795'334'400'000));
    CHECK(parse_time("2026-11-22T08:00:00.5Z").value() == at(1'795'334'400'500));
    CHECK(parse_time("2026-11-22T08:00:00.123456Z").value() == at(1'795'334'400'123));
    CHECK(parse_time("2026-11-22T08:00:00.999999999Z").value() == at(1'795'334'400'999));
    CHECK(parse_time("2024-02-29T12:00:00Z"));
}

TEST_CASE("a time that is none, or not in UTC, is refused") {
    for (const char* text : {"",
                             "Z",
                             "2026-11-22",
                             "2026-11-22T08:00:00",
                             "2026-11-22T08:00:00.000",
                             "2026-11-22T08:00:00+00:00",
                             "2026-11-22T16:00:00+08:00",
                             "2026-11-22T08:00:00-00:00",
                             "2026-11-22t08:00:00z",
                             "2026-11-22T08:00:00z",
                             "2026-11-22 08:00:00Z",
                             "2026-11-22T08:00Z",
                             "2026-11-22T08:00:00.Z",
                             "2026-11-22T08:00:00,5Z",
                             "2026-11-22T08:00:00.1234567890Z",
                             "2026-11-22T08:00:00.-1Z",
                             "2026-11-22T08:00:00.5ZZ",
                             " 2026-11-22T08:00:00Z",
                             "2026-11-22T08:00:00Z ",
                             "2026-11-22T08:00:60Z",
                             "2016-12-31T23:59:60Z",
                             "2026-11-22T08:60:00Z",
                             "2026-11-22T24:00:00Z",
                             "2026-02-29T08:00:00Z",
                             "2026-00-10T08:00:00Z",
                             "2026-13-10T08:00:00Z",
                             "2026-11-00T08:00:00Z",
                             "2026-11-31T08:00:00Z",
                             "1969-12-31T23:59:59.999Z",
                             "2100-01-01T00:00:00Z",
                             "0000-01-01T00:00:00Z",
                             "9999-12-31T23:59:59Z",
                             "+2026-11-22T08:00:00Z",
                             "2026-11-2\xef\xbc\x92T08:00:00Z"}) {
        INFO(text);
        const auto time = parse_time(text);
        REQUIRE_FALSE(time);
        CHECK(time.refusal().reason == Reason::malformed);
    }
}

}  // namespace lucheng::protocol
