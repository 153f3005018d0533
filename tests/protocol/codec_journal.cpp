#include <catch2/catch_test_macros.hpp>
#include <string>

#include "examples.hpp"
#include "protocol/codec.hpp"

namespace lucheng::protocol {

namespace {

Fact deposited() {
    return Fact{.kind = FactKind::deposited,
                .delivery = DeliveryId::of("d-1"),
                .compartment = CompartmentNumber{12},
                .count = 3,
                .person = PersonId::of("reader-7")};
}

}  // namespace

// A change here breaks every chain that is already written: it needs a new version of the wire.
TEST_CASE("an entry's bytes and hash are what they always were") {
    const auto beside = examples::personal();
    const auto entry = encode_entry(examples::header(), deposited(), &beside);
    CHECK(entry ==
          R"({"cabinet":"KS-017","epoch":"e-1","number":7,"at":"2026-11-22T08:00:00.000Z",)"
          R"("time_trusted":true,"kind":"deposited","delivery":"d-1","compartment":12,"count":3,)"
          R"("person_commitment":)"
          R"("b1768dd2c5de6ffb41759c8fa37b6f2aa3eb3edc3cd0bad5596f02d6f5d94a31",)"
          R"("previous":"0000000000000000000000000000000000000000000000000000000000000000"})");
    CHECK(hex(digest_of(entry)) ==
          "dd0f92215a60729cfee92531ff5b5d05dd9af3708112b995a793be315a6d42a3");
}

TEST_CASE("an entry is read back, the person as a commitment") {
    const auto beside = examples::personal();
    auto fact = examples::full_fact();
    const auto bytes = encode_entry(examples::header(), fact, &beside);
    CHECK(bytes.find("reader-7") == std::string::npos);

    const auto entry = decode_entry(bytes);
    REQUIRE(entry);
    CHECK(entry.value().commitment == commitment_to(beside));
    CHECK(entry.value().header.cabinet.str() == "KS-017");
    CHECK(entry.value().header.epoch.str() == "e-1");
    CHECK(entry.value().header.number == JournalNumber{7});
    CHECK(entry.value().header.at == examples::eight_o_clock);
    CHECK(entry.value().header.time_trusted);
    CHECK(entry.value().header.previous == Digest{});
    fact.person = {};
    CHECK(entry.value().fact == fact);
}

TEST_CASE("an entry of every kind is read back") {
    for (unsigned i = 0; i <= static_cast<unsigned>(FactKind::walked); ++i) {
        const Fact fact{.kind = static_cast<FactKind>(i)};
        const auto entry = decode_entry(encode_entry(examples::header(), fact, nullptr));
        REQUIRE(entry);
        CHECK(entry.value().fact == fact);
        CHECK_FALSE(entry.value().commitment);
    }
}

TEST_CASE("another salt or another person is another commitment") {
    const auto one = examples::personal();
    auto other_salt = one;
    other_salt.salt[0] ^= 1;
    auto other_person = one;
    other_person.person = PersonId::of("reader-8");
    CHECK(commitment_to(one) != commitment_to(other_salt));
    CHECK(commitment_to(one) != commitment_to(other_person));
}

TEST_CASE("an entry holds only valid text, of a bounded length") {
    Fact fact{.kind = FactKind::hardware_lost};
    fact.detail = "chip\xfe\x01" + std::string(1'000, 'x');
    const auto entry = decode_entry(encode_entry(examples::header(), fact, nullptr));
    REQUIRE(entry);
    const auto& detail = *entry.value().fact.detail;
    CHECK(detail.starts_with("chip\xef\xbf\xbd\x01x"));
    CHECK(detail.size() <= 260);
}

TEST_CASE("an entry that lacks its place in the chain is refused") {
    const auto bytes = encode_entry(examples::header(), Fact{.kind = FactKind::booted}, nullptr);
    for (const std::string name :
         {"cabinet", "epoch", "number", "at", "time_trusted", "kind", "previous"}) {
        auto damaged = bytes;
        const auto at = damaged.find('"' + name + '"');
        REQUIRE(at != std::string::npos);
        damaged[at + 1] = 'X';
        const auto entry = decode_entry(damaged);
        REQUIRE_FALSE(entry);
        CHECK(entry.refusal() == Refusal{Reason::malformed, name});
    }
}

TEST_CASE("an event carries the entry byte for byte, so that its hash can be checked") {
    const auto sent = examples::event();
    const auto got = decode_event(encode(sent));
    REQUIRE(got);
    CHECK(got.value().entry == sent.entry);
    CHECK(digest_of(got.value().entry) == got.value().hash);
    REQUIRE(got.value().personal);
    CHECK(got.value().personal->person == sent.personal->person);
    CHECK(got.value().personal->salt == sent.personal->salt);
    CHECK(commitment_to(*got.value().personal) == decode_entry(sent.entry).value().commitment);
}

TEST_CASE("an event whose person was erased is still an event") {
    auto sent = examples::event();
    sent.personal = {};
    const auto text = encode(sent);
    CHECK(text.find("reader-7") == std::string::npos);
    const auto got = decode_event(text);
    REQUIRE(got);
    CHECK_FALSE(got.value().personal);
}

TEST_CASE("an event without entry, hash or a whole person is refused") {
    const std::string zeros(64, '0');
    const auto argument_for = [](const std::string& text) {
        const auto event = decode_event(text);
        REQUIRE_FALSE(event);
        return event.refusal().argument;
    };
    CHECK(argument_for(R"({"hash":")" + zeros + R"("})") == "entry");
    CHECK(argument_for(R"({"entry":{},"hash":")" + zeros + R"("})") == "entry");
    CHECK(argument_for(R"({"entry":"{}","hash":"00"})") == "hash");
    CHECK(argument_for(R"({"entry":"{}","hash":")" + zeros + R"(","personal":{"person":"a"}})") ==
          "personal");
}

}  // namespace lucheng::protocol
