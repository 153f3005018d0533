// What a cabinet of a later version says, read by a dispatcher of this one.
#include "protocol/later.hpp"

#include <catch2/catch_test_macros.hpp>

using namespace lucheng::protocol;

namespace {

constexpr std::string_view previous =
    R"("previous":"0000000000000000000000000000000000000000000000000000000000000000"})";

std::string entry_with(std::string_view fields) {
    return R"({"cabinet":"KS-017","epoch":"e-1","number":7,"at":"2026-11-22T08:00:00.000Z",)"
           R"("time_trusted":true,)" +
           std::string{fields} + "," + std::string{previous};
}

std::string reply_with(std::string_view fields) {
    return R"({"id":"c-1","cabinet":"KS-017","boot":"b-1",)" + std::string{fields} + "}";
}

}  // namespace

TEST_CASE("a refusal for a reason of a later version is read with its advice") {
    const auto later =
        decode_any_reply(reply_with(R"("ok":false,"reason":"eclipse","try_again":"later")"));
    REQUIRE(later);
    CHECK_FALSE(later.value().ok());
    CHECK(later.value().reply.id == CommandId::of("c-1"));
    CHECK_FALSE(later.value().reply.refusal);
    CHECK(later.value().later_reason->code == "eclipse");
    CHECK(later.value().later_reason->try_again == TryAgain::later);

    CHECK_FALSE(decode_reply(reply_with(R"("ok":false,"reason":"eclipse","try_again":"later")")));
    // Without advice nobody can tell what to do.
    CHECK_FALSE(decode_any_reply(reply_with(R"("ok":false,"reason":"eclipse")")));
    CHECK_FALSE(decode_any_reply(reply_with(R"("ok":false,"reason":7,"try_again":"later")")));
}

TEST_CASE("a reply of this version is read as ever") {
    const auto no = decode_any_reply(reply_with(R"("ok":false,"reason":"store_full")"));
    REQUIRE(no);
    CHECK(no.value().reply.refusal->reason == Reason::store_full);
    CHECK_FALSE(no.value().later_reason);
    const auto yes = decode_any_reply(reply_with(R"("ok":true,"compartment":3)"));
    REQUIRE(yes);
    CHECK(yes.value().ok());
}

TEST_CASE("an entry of a kind that is not known here still has its number") {
    const auto bytes = entry_with(R"("kind":"eclipse","delivery":{"of":"another shape"})");
    const auto any = decode_any_entry(bytes);
    REQUIRE(any);
    CHECK_FALSE(any.value().kind_known);
    CHECK(number_of(any.value().entry.header.number) == 7);
    CHECK_FALSE(any.value().entry.fact.delivery);
    CHECK_FALSE(decode_entry(bytes));
}

TEST_CASE("of a known kind, what is not known is passed over and the rest stays") {
    const auto bytes =
        entry_with(R"("kind":"not_deposited","delivery":"d-1","reason":"eclipse","means":"mind")");
    const auto any = decode_any_entry(bytes);
    REQUIRE(any);
    CHECK(any.value().kind_known);
    CHECK(any.value().entry.fact.kind == FactKind::not_deposited);
    CHECK(*any.value().entry.fact.delivery == DeliveryId::of("d-1"));
    CHECK_FALSE(any.value().entry.fact.reason);
    CHECK_FALSE(decode_entry(bytes));
    // What is not of the documented shape is refused as ever.
    CHECK_FALSE(decode_any_entry(entry_with(R"("kind":7)")));
    CHECK_FALSE(decode_any_entry(entry_with(R"("kind":"opened","reason":7)")));
    CHECK_FALSE(decode_any_entry(entry_with(R"("delivery":"d-1")")));
}
