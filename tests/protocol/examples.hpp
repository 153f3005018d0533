// One of each message, with every field that it may carry.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "protocol/codec.hpp"
#include "protocol/self_test.hpp"
#include "protocol/signature.hpp"

namespace lucheng::protocol::examples {

inline constexpr WallTime eight_o_clock{Milliseconds{1'795'334'400'000}};  // 2026-11-22T08:00Z

inline Digest counting_digest() {
    Digest digest{};
    for (std::size_t i = 0; i < digest.size(); ++i) digest.at(i) = static_cast<std::uint8_t>(i);
    return digest;
}

// Made with another implementation, to the key that is derived from the bytes 0 to 31.
inline constexpr std::string_view sealed_for_patron =
    "lJAycyW3ZFrB5FnT7rQKYwscQJ9qOf5x7QHk1tE0iHAMcG7bFPfKaHAshfB3zCYbMsQe"
    "O5kgpLGEE53hhXU+FS3HXeJZzHwmZQj45vFpEx4eH3864zic9o+iCYjyyx2bnPVhJfnN"
    "qbbtRUF5mARtOPaKWJe3N7yCaOUSlYdLHunx";
inline constexpr std::string_view sealed_new_code =
    "rpCnkFMA6oxbr1VDvTb9obsxPK4IrXQwCQesm9oO9TaNrvgdM4rFeohseYA7nd+pH2gH"
    "C3oEK1rBMWxML+9LfyAEJg==";
inline constexpr std::string_view sealed_for_courier =
    "cH8TfUXHefJQDunWtMx3JUAMUSelQ7WGcwu4nL2Qe3VAHAwtxw7PkrLh066AOnE/EpLs"
    "UCZhpIrJnTzLXlJopUn4rNcoJA==";

inline Secrets box(std::string_view base64) { return {.sealed = from_base64(base64).value()}; }

inline Assign assign() {
    return Assign{.delivery = DeliveryId::of("d-1"),
                  .revision = Revision{3},
                  .patron = PersonId::of("reader-7"),
                  .group = GroupId::of("g-1"),
                  .size = SizeClass::medium,
                  .books = 4,
                  .easy_access = true,
                  .pickup_by = eight_o_clock + std::chrono::hours{72},
                  .secrets = box(sealed_for_patron)};
}

// Of the key whose seed is the bytes from `first` on.
inline PublicKey public_key(std::uint8_t first = 0) {
    Digest seed = counting_digest();
    for (auto& byte : seed) byte = static_cast<std::uint8_t>(byte + first);
    return SigningKey::parse("any " + base64(seed)).value().public_key();
}

inline std::vector<Verb> verbs() {
    const auto delivery = DeliveryId::of("d-1");
    const Revision revision{4};
    const auto epoch = EpochId::of("e-1");
    return {
        assign(),
        Cancel{.delivery = delivery, .revision = revision},
        Extend{.delivery = delivery, .revision = revision, .pickup_by = eight_o_clock},
        Rekey{.delivery = delivery, .revision = revision, .secrets = box(sealed_new_code)},
        Recall{.delivery = delivery, .revision = revision},
        Grant{.person = PersonId::of("courier-2"),
              .role = PersonRole::courier,
              .valid_until = eight_o_clock,
              .secrets = box(sealed_for_courier)},
        Revoke{.person = PersonId::of("courier-2")},
        Open{.compartment = CompartmentNumber{12}},
        SetService{.compartment = CompartmentNumber{12}, .in_service = false},
        Snapshot{},
        Replay{.epoch = epoch, .from = JournalNumber{17}},
        Acknowledge{.epoch = epoch, .number = JournalNumber{99}, .hash = counting_digest()},
        Adopt{.delivery = assign(), .compartment = CompartmentNumber{12}},
        SelfTest{.compartments = {CompartmentNumber{3}, CompartmentNumber{12}},
                 .occupied_too = true,
                 .sensors = true},
        SetKeys{.serial = 7,
                .keys = {{KeyId::of("dispatch-2027"), Role::dispatch, public_key()},
                         {KeyId::of("ops-wang"), Role::operations, public_key(1)}}},
        Resolve{.delivery = delivery, .found = Found::gone},
        Forget{.person = PersonId::of("reader-7")},
        SetNotice{.chinese = "国庆期间照常开放。",
                  .english = "Open as usual over the holidays.",
                  .until = eight_o_clock},
    };
}

inline Command command(Verb verb) {
    return Command{.id = CommandId::of("c-1"),
                   .cabinet = CabinetId::of("KS-017"),
                   .issued_at = eight_o_clock,
                   .expires_at = eight_o_clock + std::chrono::minutes{5},
                   .boot = BootId::of("b-1"),
                   .verb = std::move(verb)};
}

inline Reply refused_reply() {
    return Reply{.id = CommandId::of("c-1"),
                 .cabinet = CabinetId::of("KS-017"),
                 .boot = BootId::of("b-1"),
                 .refusal = Refusal{Reason::no_compartment, "large"},
                 .delivery = DeliveryId::of("d-1")};
}

inline Status status() {
    return Status{.cabinet = CabinetId::of("KS-017"),
                  .link = Link::ready,
                  .version = "0.3.0",
                  .boot = BootId::of("b-1"),
                  .since = eight_o_clock,
                  .time_trusted = true};
}

inline StateReport state() {
    StateReport state;
    state.cabinet = CabinetId::of("KS-017");
    state.boot = BootId::of("b-1");
    state.at = eight_o_clock;
    state.time_trusted = true;
    state.compartments = {
        {.number = CompartmentNumber{1},
         .size = SizeClass::small,
         .door = Door::shut,
         .occupancy = Occupancy::occupied,
         .delivery = DeliveryId::of("d-1"),
         .delivery_state = DeliveryState::stored},
        {.number = CompartmentNumber{2},
         .size = SizeClass::large,
         .door = Door::open,
         .occupancy = Occupancy::unknown,
         .jammed = true,
         .ajar = true,
         .unexplained = true,
         .out_of_service = Reason::by_staff},
        {.number = CompartmentNumber{3},
         .size = SizeClass::small,
         .door = Door::shut,
         .occupancy = Occupancy::occupied,
         .book_return = ReturnId{77},
         .return_state = ReturnState::stored},
    };
    state.free_small = 3;
    state.free_medium = 2;
    state.free_large = 1;
    state.journal = {.epoch = EpochId::of("e-1"),
                     .number = JournalNumber{41},
                     .hash = counting_digest(),
                     .acknowledged = JournalNumber{40}};
    return state;
}

inline Health health() {
    return Health{.cabinet = CabinetId::of("KS-017"),
                  .at = eight_o_clock,
                  .uptime_s = 86'400,
                  .memory_bytes = 12'000'000,
                  .disk_free_bytes = 3'000'000'000,
                  .commit_latency_us = 900,
                  .outbox_depth = 2,
                  .refused_messages = 1,
                  .certificate_days_left = 512,
                  .temperature_c = 21.5,
                  .readers_missing = 1,
                  .dropped_scans = 12};
}

inline EntryHeader header() {
    return EntryHeader{.cabinet = CabinetId::of("KS-017"),
                       .epoch = EpochId::of("e-1"),
                       .number = JournalNumber{7},
                       .at = eight_o_clock,
                       .time_trusted = true,
                       .previous = {}};
}

inline Personal personal() {
    return Personal{.person = PersonId::of("reader-7"), .salt = counting_digest()};
}

inline Fact full_fact() {
    return Fact{.kind = FactKind::unlock_authorised,
                .delivery = DeliveryId::of("d-1"),
                .compartment = CompartmentNumber{12},
                .authorisation = AuthorisationId{5},
                .means = Means::card,
                .purpose = Purpose::pickup,
                .reason = Reason::by_staff,
                .command = CommandId::of("c-1"),
                .key = KeyId::of("dispatch-2026"),
                .count = 3,
                .detail = "读卡器 \"A\"\n",
                .person = PersonId::of("reader-7")};
}

inline Event event() {
    const auto beside = personal();
    const auto entry = encode_entry(header(), full_fact(), &beside);
    return Event{.entry = entry, .hash = digest_of(entry), .personal = beside};
}

// One as a cabinet writes it: the courier has left three books.
inline Event deposited_event() {
    auto at_deposit = header();
    at_deposit.number = JournalNumber{13};
    at_deposit.at += std::chrono::minutes{12};
    at_deposit.previous =
        *digest_from_hex("cd7db3168a57a6adfabd70c66dd2f4667c60eceaca3848851d3e97992e88b0d7");
    const Personal courier{.person = PersonId::of("courier-2"), .salt = counting_digest()};
    const Fact fact{.kind = FactKind::deposited,
                    .delivery = DeliveryId::of("d-1"),
                    .compartment = CompartmentNumber{12},
                    .authorisation = AuthorisationId{5},
                    .means = Means::card,
                    .count = 3,
                    .person = courier.person};
    const auto entry = encode_entry(at_deposit, fact, &courier);
    return Event{.entry = entry, .hash = digest_of(entry), .personal = courier};
}

inline TestOrder test_order() {
    return TestOrder{.kind = TestKind::commissioning,
                     .what = {.compartments = {CompartmentNumber{3}, CompartmentNumber{12}}},
                     .by = PersonId::of("wang")};
}

inline TestReport test_report() {
    return TestReport{.revision = 9,
                      .kind = TestKind::commissioning,
                      .step = TestStep::which_door,
                      .compartment = CompartmentNumber{3},
                      .total = 24,
                      .ended_by = Reason::nobody_there,
                      .results = {{.number = CompartmentNumber{1}},
                                  {.number = CompartmentNumber{2},
                                   .tested = false,
                                   .findings = {{Reason::pair_swapped, CompartmentNumber{5}},
                                                {Reason::not_shut, {}}}}},
                      .by = PersonId::of("wang"),
                      .began = eight_o_clock,
                      .ended = eight_o_clock + std::chrono::minutes{4},
                      .cabinet = CabinetId::of("KS-017"),
                      .cabinet_name = "玉山公园",
                      .version = "0.3.0"};
}

// What every decoder must survive pieces of.
inline std::vector<std::string> messages() {
    std::vector<std::string> all{encode(refused_reply()), encode(status()), encode(state()),
                                 encode(health()),        event().entry,    encode(event())};
    for (const auto& verb : verbs()) all.push_back(encode(command(verb)));
    all.push_back(encode(test_order()));
    all.push_back(encode(test_report()));
    all.push_back(encode(Envelope{.key = KeyId::of("dispatch-2026"),
                                  .signature = std::string(64, '\x7f'),
                                  .body = encode(command(assign()))}));
    return all;
}

}  // namespace lucheng::protocol::examples
