// Whatever is written is read back the same, for any content.
#include <catch2/catch_test_macros.hpp>
#include <rapidcheck.h>
#include <string>

#include "examples.hpp"
#include "protocol/codec.hpp"

namespace lucheng::protocol {

namespace {

constexpr std::uint64_t integer_max = 9'007'199'254'740'991;

std::string any_text(const std::string& characters, std::size_t min, std::size_t max) {
    const auto size = *rc::gen::inRange(min, max + 1);
    return *rc::gen::container<std::string>(size, rc::gen::elementOf(characters));
}

template <class T>
T any_id() {
    return T::of(any_text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", 1,
                          id_length_max));
}

template <class E>
E any_number(std::uint64_t min, std::uint64_t max) {
    return static_cast<E>(*rc::gen::inRange(min, max + 1));
}

template <class E>
E any_of(E last) {
    return any_number<E>(0, static_cast<std::uint64_t>(number_of(last)));
}

WallTime any_time() {
    return WallTime{Milliseconds{*rc::gen::inRange<std::int64_t>(0, 4'102'444'800'000)}};
}

template <class F>
auto perhaps(F make) -> std::optional<decltype(make())> {
    if (*rc::gen::arbitrary<bool>()) return make();
    return std::nullopt;
}

Digest any_digest() { return digest_of(any_text("abc", 0, 9)); }

Secrets any_secrets() {
    Secrets secrets{.code = any_text("0123456789", 4, 12)};
    const auto count = *rc::gen::inRange(0, 9);
    for (int i = 0; i < count; ++i) secrets.cards.push_back(any_text("!\"\\AZaz09~-/", 1, 64));
    if (*rc::gen::arbitrary<bool>()) secrets.token = any_text("0123456789", 16, 16);
    return secrets;
}

Secrets any_box() { return {.sealed = any_text("0123456789+/", 0, 99)}; }

Assign any_assign() {
    return Assign{.delivery = any_id<DeliveryId>(),
                  .revision = any_number<Revision>(0, 2'147'483'648),
                  .patron = any_id<PersonId>(),
                  .group = perhaps(&any_id<GroupId>).value_or(GroupId{}),
                  .size = any_of(SizeClass::large),
                  .books = any_number<std::uint16_t>(1, 99),
                  .easy_access = *rc::gen::arbitrary<bool>(),
                  .pickup_by = perhaps(&any_time),
                  .secrets = any_box()};
}

Verb any_verb() {
    const auto compartment = any_number<CompartmentNumber>(1, 999);
    switch (*rc::gen::inRange(0, 6)) {
        case 0: return any_assign();
        case 1: return Adopt{.delivery = any_assign(), .compartment = compartment};
        case 2:
            return Grant{.person = any_id<PersonId>(),
                         .role = any_of(PersonRole::staff),
                         .valid_until = perhaps(&any_time),
                         .secrets = any_box()};
        case 3:
            return SetService{.compartment = perhaps([&] { return compartment; }),
                              .in_service = *rc::gen::arbitrary<bool>()};
        case 4:
            return Acknowledge{.epoch = any_id<EpochId>(),
                               .number = any_number<JournalNumber>(1, integer_max),
                               .hash = any_digest()};
        default:
            return Extend{.delivery = any_id<DeliveryId>(),
                          .revision = any_number<Revision>(0, 2'147'483'648),
                          .pickup_by = any_time()};
    }
}

Fact any_fact() {
    return Fact{
        .kind = any_of(FactKind::walked),
        .delivery = perhaps(&any_id<DeliveryId>),
        .book_return = perhaps([] { return any_number<ReturnId>(1, integer_max); }),
        .compartment = perhaps([] { return any_number<CompartmentNumber>(1, 999); }),
        .authorisation = perhaps([] { return any_number<AuthorisationId>(0, integer_max); }),
        .means = perhaps([] { return any_of(Means::local); }),
        .purpose = perhaps([] { return any_of(Purpose::walk); }),
        .reason = perhaps([] { return any_of(Reason::found_missing); }),
        .command = perhaps(&any_id<CommandId>),
        .key = perhaps(&any_id<KeyId>),
        .count = perhaps([] { return any_number<std::uint64_t>(0, integer_max); }),
        .detail = perhaps([] { return any_text("\n\t\r\x01\x7f\"\\/{}[],: aZ", 0, 256); }),
        .person = {}};
}

}  // namespace

TEST_CASE("any command that is written is read back") {
    CHECK(rc::check([] {
        auto command = examples::command(any_verb());
        command.id = any_id<CommandId>();
        command.issued_at = any_time();
        command.boot = perhaps(&any_id<BootId>).value_or(BootId{});
        const auto body = encode(command);
        const auto read = decode_command(body);
        RC_ASSERT(static_cast<bool>(read));
        RC_ASSERT(encode(read.value()) == body);
        RC_ASSERT(read.value().verb.index() == command.verb.index());
    }));
}

TEST_CASE("any secrets that are written are read back") {
    CHECK(rc::check([] {
        const auto secrets = any_secrets();
        const auto bytes = encode(secrets);
        const auto read = decode_secrets(bytes);
        RC_ASSERT(static_cast<bool>(read));
        RC_ASSERT(encode(read.value()) == bytes);
    }));
}

TEST_CASE("any fact that is written is read back") {
    CHECK(rc::check([] {
        auto header = examples::header();
        header.number = any_number<JournalNumber>(1, integer_max);
        header.at = any_time();
        header.previous = any_digest();
        const auto fact = any_fact();
        const auto bytes = encode_entry(header, fact, nullptr);
        const auto entry = decode_entry(bytes);
        RC_ASSERT(static_cast<bool>(entry));
        RC_ASSERT(entry.value().fact == fact);
        RC_ASSERT(entry.value().header.number == header.number);
        RC_ASSERT(entry.value().header.previous == header.previous);
        RC_ASSERT(encode_entry(entry.value().header, entry.value().fact, nullptr) == bytes);
    }));
}

TEST_CASE("any text travels in an envelope, and any bytes become valid text") {
    CHECK(rc::check([](const std::string& bytes) {
        Envelope envelope{.key = KeyId::of("k"), .signature = std::string(64, 's'), .body = bytes};
        const auto once = decode_envelope(encode(envelope));
        RC_ASSERT(static_cast<bool>(once));
        const auto twice = decode_envelope(encode(once.value()));
        RC_ASSERT(static_cast<bool>(twice));
        RC_ASSERT(twice.value().body == once.value().body);
    }));
}

}  // namespace lucheng::protocol
