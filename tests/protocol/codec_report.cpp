#include <catch2/catch_test_macros.hpp>
#include <limits>
#include <string>

#include "examples.hpp"
#include "protocol/codec.hpp"

namespace lucheng::protocol {

namespace {

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

std::string without(std::string text, const std::string& part) {
    const auto at = text.find(part);
    REQUIRE(at != std::string::npos);
    return text.erase(at, part.size());
}

}  // namespace

TEST_CASE("a reply is read back, done or refused") {
    const auto refused = examples::refused_reply();
    CHECK(decode_reply(encode(refused)).value() == refused);

    Reply done{.id = CommandId::of("c-2"),
               .cabinet = CabinetId::of("KS-017"),
               .boot = BootId::of("b-1"),
               .refusal = {},
               .delivery = {},
               .compartment = CompartmentNumber{12},
               .authorisation = AuthorisationId{77}};
    CHECK(decode_reply(encode(done)).value() == done);
    CHECK(encode(done) == R"({"id":"c-2","cabinet":"KS-017","boot":"b-1","ok":true,)"
                          R"("compartment":12,"authorisation":77})");
}

TEST_CASE("a refusal says why and whether to try again") {
    const auto text = encode(examples::refused_reply());
    CHECK(contains(text, R"("ok":false,"reason":"no_compartment","argument":"large",)"
                         R"("try_again":"later")"));
    for (const auto& reason : reason_table()) {
        auto reply = examples::refused_reply();
        reply.refusal = Refusal{reason.reason, {}};
        CHECK(decode_reply(encode(reply)).value() == reply);
    }
}

TEST_CASE("an answer to what could not be read has no id") {
    auto reply = examples::refused_reply();
    reply.id = {};
    CHECK_FALSE(contains(encode(reply), "\"id\""));
    CHECK(decode_reply(encode(reply)).value() == reply);
}

TEST_CASE("an argument is always short and always valid text") {
    auto reply = examples::refused_reply();
    reply.refusal->argument = std::string(126, 'a') + "书书";
    CHECK(decode_reply(encode(reply)).value().refusal->argument == std::string(126, 'a'));
    reply.refusal->argument = "a\xff\"\\\x02";
    CHECK(decode_reply(encode(reply)).value().refusal->argument == "a\xef\xbf\xbd\"\\\x02");
}

TEST_CASE("a status is read back") {
    for (const auto link : {Link::init, Link::ready, Link::disconnected, Link::lost}) {
        auto status = examples::status();
        status.link = link;
        const auto read = decode_status(encode(status));
        REQUIRE(read);
        CHECK(read.value().link == link);
        CHECK(read.value().version == "0.3.0");
        CHECK(read.value().since == examples::eight_o_clock);
        CHECK(read.value().time_trusted);
        CHECK(encode(read.value()) == encode(status));
    }
}

TEST_CASE("the state is read back") {
    const auto state = examples::state();
    const auto text = encode(state);
    const auto read = decode_state(text);
    REQUIRE(read);
    CHECK(encode(read.value()) == text);
    const auto& got = read.value();
    CHECK(got.time_trusted);
    CHECK(got.in_service);
    CHECK_FALSE(got.walk_needed);
    REQUIRE(got.compartments.size() == 3);
    CHECK(got.compartments[0].delivery->str() == "d-1");
    CHECK(got.compartments[0].delivery_state == DeliveryState::stored);
    CHECK_FALSE(got.compartments[0].jammed);
    CHECK(got.compartments[1].jammed);
    CHECK(got.compartments[1].ajar);
    CHECK(got.compartments[1].unexplained);
    CHECK(got.compartments[1].out_of_service == Reason::by_staff);
    CHECK(got.compartments[1].door == Door::open);
    CHECK_FALSE(got.compartments[1].delivery);
    CHECK(got.compartments[2].book_return == ReturnId{77});
    CHECK(got.compartments[2].return_state == ReturnState::stored);
    CHECK(got.free_small == 3);
    CHECK(got.free_medium == 2);
    CHECK(got.free_large == 1);
    CHECK(got.journal.epoch.str() == "e-1");
    CHECK(got.journal.number == JournalNumber{41});
    CHECK(got.journal.hash == examples::counting_digest());
    CHECK(got.journal.acknowledged == JournalNumber{40});
}

TEST_CASE("the state says nothing of who a delivery is for") {
    const auto text = encode(examples::state());
    for (const char* word : {"patron", "person", "code", "card"}) CHECK_FALSE(contains(text, word));
}

TEST_CASE("the state of three hundred full compartments fits a message") {
    auto state = examples::state();
    auto full = state.compartments[0];
    full.delivery = DeliveryId::of(std::string(id_length_max, 'd'));
    full.delivery_state = DeliveryState::not_deposited;
    full.occupancy = Occupancy::occupied;
    full.size = SizeClass::medium;
    full.door = Door::unknown;
    full.number = CompartmentNumber{999};
    state.compartments.assign(300, full);
    CHECK(encode(state).size() <= message_bytes_max);
    CHECK(decode_state(encode(state)));
}

TEST_CASE("a state that lacks something is refused with the name of what") {
    const auto text = encode(examples::state());
    const auto argument_for = [](const std::string& bytes) {
        const auto read = decode_state(bytes);
        REQUIRE_FALSE(read);
        CHECK(read.refusal().reason == Reason::malformed);
        return read.refusal().argument;
    };
    CHECK(argument_for(without(text, R"("boot":"b-1",)")) == "boot");
    CHECK(argument_for(without(text, R"("walk_needed":false,)")) == "walk_needed");
    CHECK(argument_for(without(text, R"("door":"open",)")) == "compartments");
    CHECK(argument_for(without(text, R"("medium":2,)")) == "free");
    CHECK(argument_for(without(text, R"("number":41,)")) == "journal");
}

TEST_CASE("health is flat numbers that are read back") {
    const auto health = examples::health();
    const auto read = decode_health(encode(health));
    REQUIRE(read);
    CHECK(encode(read.value()) == encode(health));
    CHECK(read.value().uptime_s == 86'400);
    CHECK(read.value().disk_free_bytes == 3'000'000'000);
    CHECK(read.value().temperature_c == 21.5);
}

TEST_CASE("a temperature comes back to the last bit, as an integer too, and may be missing") {
    auto health = examples::health();
    for (const double celsius : {0.1, -40.0, 21.0, 1.0 / 3.0, 1e-7, 85.00000000000001}) {
        health.temperature_c = celsius;
        CHECK(decode_health(encode(health)).value().temperature_c == celsius);
    }
    health.temperature_c = std::numeric_limits<double>::quiet_NaN();
    CHECK_FALSE(decode_health(encode(health)).value().temperature_c);
    health.temperature_c = {};
    CHECK_FALSE(decode_health(encode(health)).value().temperature_c);
}

}  // namespace lucheng::protocol
