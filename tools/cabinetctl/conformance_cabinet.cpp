#include "tools/cabinetctl/conformance_cabinet.hpp"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <lucheng/version.hpp>
#include <sodium.h>

namespace lucheng::cabinetctl {

using protocol::CompartmentNumber;
using protocol::Fact;
using protocol::FactKind;
using protocol::JournalNumber;
using protocol::number_of;
using protocol::SizeClass;

namespace {

constexpr std::uint16_t compartments = 24;

// A third of each size, the small ones first.
SizeClass size_of(std::uint16_t number) {
    if (number <= compartments / 3) return SizeClass::small;
    return number <= 2 * compartments / 3 ? SizeClass::medium : SizeClass::large;
}

}  // namespace

std::string new_name(char letter) {
    std::array<std::uint8_t, 6> random{};
    ::randombytes_buf(random.data(), random.size());
    return fmt::format("{}-{}", letter, protocol::hex(random));
}

PlayedCabinet::PlayedCabinet(Session& session, protocol::CabinetId id)
    : session_{session},
      id_{std::move(id)},
      topics_{protocol::topics_of(session.options().root, id_)},
      epoch_{protocol::EpochId::of(new_name('e'))} {}

void PlayedCabinet::start(bool time_trusted) {
    const bool again = !boot_.empty();
    boot_ = protocol::BootId::of(new_name('b'));
    since_ = wall_time();
    time_trusted_ = time_trusted;
    say(protocol::Link::init);
    Fact booted{.kind = FactKind::booted, .detail = std::string{version}};
    if (again) booted.reason = protocol::Reason::power_cut;
    append(booted);
}

void PlayedCabinet::say(protocol::Link link) {
    const protocol::Status status{.cabinet = id_,
                                  .link = link,
                                  .version = std::string{version},
                                  .boot = boot_,
                                  .since = since_,
                                  .time_trusted = time_trusted_};
    session_.publish(topics_.status, protocol::encode(status), true);
}

void PlayedCabinet::trust_time() {
    time_trusted_ = true;
    say(protocol::Link::ready);
}

void PlayedCabinet::lose_memory() {
    epoch_ = protocol::EpochId::of(new_name('e'));
    entries_.clear();
    told_.clear();
    held_.clear();
    acknowledged_ = 0;
}

void PlayedCabinet::vanish() {
    say(protocol::Link::disconnected);
    session_.publish(topics_.state, {}, true);
    session_.publish(topics_.status, {}, true);
}

void PlayedCabinet::add(std::string bytes, std::optional<protocol::Personal> personal) {
    const auto hash = protocol::digest_of(bytes);
    entries_.push_back({.entry = std::move(bytes), .hash = hash, .personal = std::move(personal)});
}

std::uint64_t PlayedCabinet::append(const Fact& fact) {
    const protocol::EntryHeader header{
        .cabinet = id_,
        .epoch = epoch_,
        .number = JournalNumber{head() + 1},
        .at = wall_time(),
        .time_trusted = time_trusted_,
        .previous = entries_.empty() ? protocol::Digest{} : entries_.back().hash};
    std::optional<protocol::Personal> personal;
    if (fact.person) {
        personal = {.person = *fact.person};
        ::randombytes_buf(personal->salt.data(), personal->salt.size());
    }
    auto bytes = protocol::encode_entry(header, fact, personal ? &*personal : nullptr);
    add(std::move(bytes), std::move(personal));
    return head();
}

std::uint64_t PlayedCabinet::append_of_later_version() {
    append({.kind = FactKind::help_requested});
    auto bytes = entries_.back().entry;
    entries_.pop_back();
    const std::string known = R"("kind":"help_requested")";
    bytes.replace(bytes.find(known), known.size(),
                  R"("kind":"of_a_later_version","mood":{"of":["a","later","version"]})");
    add(std::move(bytes), {});
    return head();
}

void PlayedCabinet::tell(std::uint64_t number) {
    session_.publish(topics_.event, protocol::encode(entries_.at(number - 1)));
    told_.insert(number);
}

void PlayedCabinet::tell_from(std::uint64_t number) {
    for (; number <= head(); ++number) tell(number);
}

std::uint64_t PlayedCabinet::happen(const Fact& fact) {
    tell(append(fact));
    tell_state();
    return head();
}

void PlayedCabinet::tell_forged(std::uint64_t number) {
    auto event = entries_.at(number - 1);
    // The last digit of its time.
    constexpr std::size_t to_milliseconds = 22;
    const std::string_view at = R"("at":")";
    const auto digit = event.entry.find(at) + at.size() + to_milliseconds;
    event.entry[digit] = event.entry[digit] == '9' ? '8' : '9';
    session_.publish(topics_.event, protocol::encode(event));
}

std::uint64_t PlayedCabinet::told() const {
    std::uint64_t number = 0;
    while (told_.contains(number + 1)) ++number;
    return number;
}

void PlayedCabinet::acknowledged(std::uint64_t number) {
    acknowledged_ = std::max(acknowledged_, number);
}

void PlayedCabinet::tell_state() {
    protocol::StateReport state{
        .cabinet = id_, .boot = boot_, .at = wall_time(), .time_trusted = time_trusted_};
    state.journal = {.epoch = epoch_,
                     .number = JournalNumber{head()},
                     .hash = entries_.empty() ? protocol::Digest{} : entries_.back().hash,
                     .acknowledged = JournalNumber{acknowledged_}};
    for (std::uint16_t number = 1; number <= compartments; ++number) {
        protocol::CompartmentReport one{.number = CompartmentNumber{number},
                                        .size = size_of(number),
                                        .door = protocol::Door::shut,
                                        .occupancy = protocol::Occupancy::empty};
        const auto found = std::find_if(held_.begin(), held_.end(), [&](const auto& held) {
            return held.second.compartment == one.number;
        });
        if (found != held_.end()) {
            one.delivery = found->first;
            one.delivery_state = found->second.state;
            if (found->second.state != protocol::DeliveryState::assigned) {
                one.occupancy = protocol::Occupancy::occupied;
            }
        } else {
            auto& free = one.size == SizeClass::small    ? state.free_small
                         : one.size == SizeClass::medium ? state.free_medium
                                                         : state.free_large;
            ++free;
        }
        state.compartments.push_back(std::move(one));
    }
    session_.publish(topics_.state, protocol::encode(state), true);
}

std::optional<CompartmentNumber> PlayedCabinet::reserve(const protocol::Assign& assign) {
    for (std::uint16_t number = 1; number <= compartments; ++number) {
        const bool taken = std::any_of(held_.begin(), held_.end(), [&](const auto& held) {
            return number_of(held.second.compartment) == number;
        });
        if (taken || size_of(number) < assign.size) continue;
        held_[assign.delivery] = {.compartment = CompartmentNumber{number},
                                  .state = protocol::DeliveryState::assigned,
                                  .patron = assign.patron,
                                  .books = assign.books};
        return CompartmentNumber{number};
    }
    return {};
}

const Held* PlayedCabinet::find(const protocol::DeliveryId& delivery) const {
    const auto found = held_.find(delivery);
    return found == held_.end() ? nullptr : &found->second;
}

}  // namespace lucheng::cabinetctl
