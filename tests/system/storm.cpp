#include "tests/system/storm.hpp"

#include <algorithm>
#include <csignal>
#include <exception>
#include <fmt/format.h>
#include <stdexcept>

namespace lucheng::system_test {

using namespace std::chrono_literals;
using protocol::DeliveryState;

namespace {

constexpr std::uint64_t longest_life_ms = 600;
constexpr std::uint64_t most_messages = 20;
constexpr std::uint64_t longest_start_ms = 60;

}  // namespace

Storm::~Storm() {
    if (killer_.joinable()) killer_.join();
}

std::uint64_t Storm::up_to(std::uint64_t most) {
    return std::uniform_int_distribution<std::uint64_t>{1, most}(random_);
}

// After so many messages of the cabinet, or after a time, whichever is first.
void Storm::arm() {
    const bool by_messages = up_to(2) == 1;
    const auto messages = by_messages ? up_to(most_messages) : std::uint64_t{10'000};
    const auto life = std::chrono::milliseconds{up_to(longest_life_ms)};
    killer_ = std::thread{[this, messages, life, pid = rig_.daemon().pid()] {
        static_cast<void>(rig_.peer().wait_for_count(rig_.mark() + messages, life));
        ::kill(pid, SIGKILL);
    }};
}

void Storm::live_and_die() {
    const bool while_starting = up_to(4) == 1;
    const auto start_ms = std::chrono::milliseconds{up_to(longest_start_ms)};
    rig_.launch();
    if (while_starting) {
        static_cast<void>(rig_.peer().wait_for_count(rig_.mark() + most_messages, start_ms));
    } else {
        rig_.until([&] { return rig_.get("/api/state").status == 200; }, "the kiosk answers");
        arm();
        try {
            while (rig_.alive()) work();
        } catch (const std::exception&) {  // its end, in the middle of a request
        }
        killer_.join();
    }
    const auto end = rig_.kill();
    if (end.signal != SIGKILL) {
        throw std::runtime_error(fmt::format("the daemon ended by itself, {} signal {}\n{}",
                                             end.code, end.signal, rig_.daemon().output()));
    }
}

void Storm::finish() {
    open_parcels_most_ = 0;
    rig_.start();
    try {
        rig_.until(
            [&] {
                work();
                return std::all_of(parcels_.begin(), parcels_.end(),
                                   [](const Parcel& parcel) { return parcel.done; });
            },
            "every delivery reaches its end");
    } catch (const std::exception& error) {
        throw std::runtime_error(error.what() + describe_open());
    }
}

std::string Storm::describe_open() const {
    std::string text = "still open:\n";
    for (const auto& parcel : parcels_) {
        if (parcel.done) continue;
        text += fmt::format("  {} ({}): {}\n", parcel.delivery, parcel.command_id,
                            parcel.assigned ? rig_.state_of(parcel.delivery) : "not assigned");
    }
    const auto pulses = rig_.world().pulses();
    for (auto i = pulses.size() - std::min<std::size_t>(pulses.size(), 4); i < pulses.size(); ++i) {
        text += fmt::format("  a pulse of compartment {}: {} us to {} us, {} us long\n",
                            protocol::number_of(pulses[i].compartment), pulses[i].start_us,
                            pulses[i].end_us, pulses[i].end_us - pulses[i].start_us);
    }
    return text + rig_.get("/api/state").body;
}

void Storm::work() {
    auto open = std::count_if(parcels_.begin(), parcels_.end(),
                              [](const Parcel& parcel) { return !parcel.done; });
    for (; static_cast<std::size_t>(open) < open_parcels_most_; ++open) {
        const auto number = parcels_.size() + 1;
        parcels_.push_back({.delivery = fmt::format("d-{}", number),
                            .code = fmt::format("{}", 20'000'000 + number),
                            .command_id = {},
                            .command = {}});
        sign(parcels_.back());
    }
    for (auto& parcel : parcels_) {
        if (!parcel.done) step(parcel);
    }
}

void Storm::sign(Parcel& parcel) {
    protocol::Assign assign;
    assign.delivery = protocol::DeliveryId::of(parcel.delivery);
    assign.revision = protocol::Revision{1};
    assign.patron = protocol::PersonId::of("patron-" + parcel.delivery);
    assign.secrets.code = parcel.code;
    parcel.command_id = fmt::format("storm-{}", ++commands_);
    parcel.command = rig_.signed_by_dispatch(rig_.command(assign, parcel.command_id));
}

void Storm::step(Parcel& parcel) {
    if (!parcel.assigned) return assign(parcel);
    const auto state = rig_.state();
    const auto here = std::find_if(
        state.compartments.begin(), state.compartments.end(),
        [&](const auto& one) { return one.delivery && one.delivery->str() == parcel.delivery; });
    if (here == state.compartments.end()) {
        parcel.done = true;
        return;
    }
    if (here->door == protocol::Door::open) return at_open_door(parcel, *here);
    // A hand is slower than a switch is read: nobody shuts a door again before it is seen open.
    if (rig_.world().look(here->number).door_open) return a_moment();
    at_shut_door(parcel, *here);
}

void Storm::assign(Parcel& parcel) {
    std::optional<protocol::Reply> reply;
    const std::size_t from = rig_.mark();
    rig_.send(parcel.command);
    const auto heard = rig_.peer().wait_for(
        [&](const rig::Received& message) {
            if (message.topic != rig_.topics.reply) return false;
            auto read = protocol::decode_reply(message.payload);
            if (!read || read.value().id.str() != parcel.command_id) return false;
            reply = std::move(read).value();
            return true;
        },
        200ms, from);
    if (!heard) {
        // What ended two processes is not read again, so its refusal cannot name it: who gets no
        // answer wishes the same under a new id.
        if (rig_.daemon().output().find("is set aside") == std::string::npos) return;
        ++set_aside_;
        return sign(parcel);
    }
    parcel.assigned =
        !reply->refusal || reply->refusal->reason == protocol::Reason::delivery_exists;
    if (parcel.assigned) return;
    sign(parcel);  // refused for now: the same wish under a new id
}

void Storm::at_open_door(const Parcel& parcel, const protocol::CompartmentReport& report) {
    const auto number = protocol::number_of(report.number);
    const auto state = report.delivery_state.value_or(DeliveryState::assigned);
    if (state == DeliveryState::depositing) rig_.hand(number, "put");
    if (state == DeliveryState::collecting) rig_.hand(number, "take");
    const bool not_told_yet =
        state != DeliveryState::depositing && state != DeliveryState::collecting;
    if (not_told_yet) {
        a_moment();
        if (rig_.state_of(parcel.delivery) != protocol::code_of(state)) return;
    }
    rig_.hand(number, "shut");
    a_moment();
}

void Storm::at_shut_door(const Parcel& parcel, const protocol::CompartmentReport& report) {
    switch (report.delivery_state.value_or(DeliveryState::assigned)) {
        case DeliveryState::assigned: {
            const auto list = rig_.show_card(courier_card);
            make_way(list);
            if (!list.refusal) make_way(rig_.choose(parcel.delivery));
            break;
        }
        case DeliveryState::stored:
        case DeliveryState::disputed:
        case DeliveryState::expired: make_way(rig_.type_code(parcel.code)); break;
        case DeliveryState::depositing:
        case DeliveryState::collecting:
        case DeliveryState::recalling:
        case DeliveryState::not_deposited:
        case DeliveryState::cancelled:
        case DeliveryState::collected:
        case DeliveryState::recalled: break;  // it settles
    }
    a_moment();
}

// Whoever stands at the screen in a way answers its question, or goes.
void Storm::make_way(const protocol::SpokenOutcome& outcome) {
    if (!outcome.refusal || outcome.refusal->reason != protocol::Reason::busy) return;
    for (const auto* word : {"later", "leave", "again"}) {
        if (!rig_.answer(word).refusal) return;
    }
}

void Storm::a_moment() { static_cast<void>(rig_.peer().wait_for_count(rig_.mark() + 1, 20ms)); }

}  // namespace lucheng::system_test
