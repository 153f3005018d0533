// What the plan asks for, done.
#include <fmt/format.h>

#include "tests/simulation/world_parts.hpp"

namespace lucheng::simulation {

using namespace std::chrono_literals;

namespace {

Disk::Loss some_loss(Random& dice) {
    static const std::vector<Disk::Loss> losses{Disk::Loss::all,   Disk::Loss::nothing,
                                                Disk::Loss::torn,  Disk::Loss::mixed,
                                                Disk::Loss::mixed, Disk::Loss::all};
    return dice.pick(losses);
}

}  // namespace

void World::do_now(const Item& item) {
    Random dice{item.seed};
    if (item.act != Act::parcel) tell(fmt::format("--- {}", name_of(item.act)));
    if (item.act >= Act::patron) return do_at_doors(item, dice);
    if (item.act <= Act::garbage) return do_to_talk(item, dice);
    if (item.act <= Act::restart) return do_to_machine(item, dice);
    if (item.act <= Act::clock_right) return do_to_clock(item, dice);
    if (item.act <= Act::session_lost) return do_to_network(item, dice);
    if (item.act <= Act::disk_lost) return do_to_disk(item, dice);
    do_to_doors(item, dice);
}

// What happens between people, dispatch and the power at one and the same moment.
void World::do_at_doors(const Item& item, Random& dice) {
    switch (item.act) {
        case Act::patron:
            if (const auto* parcel = some_parcel(dice)) people_.patron_comes(parcel->id, dice, 4);
            return;
        case Act::burglar: {
            const auto loss = some_loss(dice);
            const bool keeps_time = dice.one_in(2);
            return people_.burglar_comes(
                dice, [this, loss, keeps_time] { machine_.cut_power(loss, keeps_time); });
        }
        case Act::old_request: return dispatch_.ask_anew_what_is_old();
        case Act::cancel_at_door: cancels_at_door_ = true; return;
        case Act::used_code: return people_.patron_comes_back(dice);
        case Act::new_keys: return dispatch_.rotate_keys();
        case Act::old_keys: return dispatch_.try_old_keys();
        case Act::notice: return dispatch_.put_up_notice();
        case Act::forget:
            return dispatch_.forget(protocol::PersonId::of(fmt::format("P-{}", dice.below(30))));
        case Act::staff: return people_.staff_visits(dice);
        case Act::walk: return people_.staff_walks(dice);
        case Act::scans: return people_.stranger_scans(dice, live_cards());
        case Act::bring_back: return people_.returner_comes(dice);
        default: return;
    }
}

std::vector<std::string> World::live_cards() {
    std::vector<std::string> cards;
    for (const auto& [id, parcel] : dispatch_.parcels()) {
        const bool live = parcel.stage != Parcel::Stage::ended && !parcel.card.empty();
        if (live) cards.push_back(parcel.card);
    }
    return cards;
}

Parcel* World::some_parcel(Random& dice) {
    std::vector<Parcel*> live;
    for (auto& [id, parcel] : dispatch_.parcels()) {
        if (parcel.stage != Parcel::Stage::ended) live.push_back(&parcel);
    }
    return live.empty() ? nullptr : dice.pick(live);
}

CompartmentNumber World::some_door(Random& dice) {
    const auto& doors = machine_.spec().compartments;
    return doors[static_cast<std::size_t>(dice.below(doors.size()))].number;
}

void World::new_parcel(const Item&, Random& dice) {
    Parcel parcel;
    ++parcels_;
    parcel.id = DeliveryId::of(fmt::format("D-{}", parcels_));
    parcel.patron = protocol::PersonId::of(fmt::format("P-{}", dice.below(30)));
    const auto size = dice.below(10);
    parcel.size = size < 7   ? protocol::SizeClass::small
                  : size < 9 ? protocol::SizeClass::medium
                             : protocol::SizeClass::large;
    parcel.books = static_cast<std::uint16_t>(1 + dice.below(8));
    parcel.easy_access = dice.one_in(10);
    if (dice.one_in(2)) parcel.card = fmt::format("CARD-{}", parcels_);
    if (dice.one_in(3)) parcel.token = fmt::format("77{:014d}", parcels_);
    parcel.pickup_after = dice.soon(20min, 90h);
    parcel.never_comes = dice.one_in(12);
    parcel.dice = dice.fork();
    parcel.code = dispatch_.new_code();
    tell("--- parcel " + parcel.id.str());
    if (dice.one_in(5)) {  // two of one patron, under one code
        parcel.group = protocol::GroupId::of("G-" + parcel.id.str());
        Parcel mate = parcel;
        mate.id = DeliveryId::of(parcel.id.str() + "-b");
        mate.dice = dice.fork();
        dispatch_.plan(std::move(mate));
    }
    dispatch_.plan(std::move(parcel));
}

void World::do_to_talk(const Item& item, Random& dice) {
    switch (item.act) {
        case Act::parcel: return new_parcel(item, dice);
        case Act::courier: return people_.courier_comes(dice);
        case Act::guesser: {
            const auto tries = static_cast<int>(dice.below(120));
            return people_.guesser_comes(dice, tries);
        }
        case Act::vandal: return people_.vandal_comes(dice);
        case Act::remote_open: return dispatch_.clear(some_door(dice));
        case Act::replay: return dispatch_.replay_an_old_command();
        case Act::reuse_id: return dispatch_.reuse_an_id();
        case Act::garbage: {
            const std::string noise(dice.below(300), 'x');
            return broker_.send(noise, dice.one_in(2));
        }
        default: break;
    }
    Parcel* const parcel = some_parcel(dice);
    if (parcel == nullptr) return;
    if (item.act == Act::cancel) dispatch_.cancel(*parcel);
    if (item.act == Act::recall) dispatch_.recall(*parcel);
    if (item.act == Act::rekey) dispatch_.rekey(*parcel);
    if (item.act == Act::extend) dispatch_.extend(*parcel);
}

void World::do_to_machine(const Item& item, Random& dice) {
    const auto loss = some_loss(dice);
    switch (item.act) {
        case Act::power_cut: return machine_.cut_power(loss, dice.one_in(2));
        case Act::power_cut_in_write:
            machine_.cut_at_operation(1 + dice.below(60), loss);
            if (dice.one_in(3)) machine_.cut_again_at(1 + dice.below(12));
            return;
        case Act::power_cut_at_pulse: return machine_.cut_at_next_pulse(loss);
        case Act::kill: return machine_.kill();
        case Act::restart: return machine_.stop();
        default: return;
    }
}

void World::do_to_clock(const Item& item, Random& dice) {
    static const std::vector<Milliseconds> steps{1s, -1s, 1h, -1h, 24h * 30, -24h * 30};
    judge_.clock_was_stepped();
    switch (item.act) {
        case Act::clock_step:
        case Act::clock_lies: {
            const auto kind = dice.below(8);
            if (kind < 6) clocks_.step(steps[kind]);
            if (kind == 6) clocks_.show(WallTime{1h});
            if (kind == 7) clocks_.show(WallTime{24h * 365 * 68});  // 2038
            if (item.act == Act::clock_lies) {
                clocks_.believe();
            } else {
                clocks_.lose_confidence();
            }
            clock_held_ = true;
            time_.after(dice.soon(1min, 12h), [this] {
                clock_held_ = false;
                clocks_.correct();
            });
            return;
        }
        case Act::clock_unsure: return clocks_.lose_confidence();
        case Act::clock_right: return clocks_.correct();
        default: return;
    }
}

void World::lasting(int Broker::Weather::*what, Milliseconds time) {
    ++(broker_.weather.*what);
    time_.after(time, [this, what] {
        if (!over_) --(broker_.weather.*what);
    });
}

void World::do_to_network(const Item& item, Random& dice) {
    const auto time = dice.one_in(12) ? dice.between(24h, 24h * 14) : dice.soon(30s, 8h);
    switch (item.act) {
        case Act::no_network:
            lasting(&Broker::Weather::unreachable, time);
            ++network_;
            time_.after(time, [this] { --network_; });
            return broker_.break_connections();
        case Act::deaf_upward: return lasting(&Broker::Weather::deaf_upward, time);
        case Act::deaf_downward: return lasting(&Broker::Weather::deaf_downward, time);
        case Act::nobody_there: return lasting(&Broker::Weather::nobody, time);
        case Act::forgetful_broker: return lasting(&Broker::Weather::forgetful, time);
        case Act::doubling_broker: return lasting(&Broker::Weather::doubling, time);
        case Act::slow_network: return lasting(&Broker::Weather::slow, time);
        case Act::connection_reset: return broker_.break_connections();
        case Act::session_lost: return broker_.lose_session();
        default: return;
    }
}

void World::do_to_disk(const Item& item, Random& dice) {
    switch (item.act) {
        case Act::disk_failure: {
            static const std::vector<Disk::Call> calls{Disk::Call::write, Disk::Call::sync,
                                                       Disk::Call::sync, Disk::Call::read,
                                                       Disk::Call::open};
            const auto call = dice.pick(calls);
            const bool for_ever = dice.one_in(3);
            disk_.fail({call, for_ever, static_cast<std::uint32_t>(dice.below(6))});
            time_.after(dice.soon(10s, 1h), [this] { disk_.behave(); });
            return;
        }
        case Act::disk_full:
            disk_.set_capacity(disk_.used() + disk_.reserved() +
                               (dice.one_in(2) ? dice.below(64'000) : dice.below(20 << 20U)));
            time_.after(dice.soon(1h, 30h),
                        [this] { disk_.set_capacity(std::uint64_t{1} << 40U); });
            return;
        case Act::disk_stall:
            return machine_.stall(dice.one_in(4) ? dice.between(5s, 60s) : dice.soon(100ms, 6s));
        case Act::disk_lost:
            machine_.cut_power(Disk::Loss::all, true);
            disk_.lose_everything();
            return judge_.disk_was_lost();
        default: return;
    }
}

void World::do_to_doors(const Item& item, Random& dice) {
    const auto number = some_door(dice);
    const auto time = dice.soon(1min, 20h);
    switch (item.act) {
        case Act::jam:
            doors_.box(number).jammed = true;
            time_.after(time, [this, number] { doors_.box(number).jammed = false; });
            return;
        case Act::sensor_stuck:
            if (!doors_.box(number).spec.has_sensor) return;
            doors_.stick(number, dice.one_in(2) ? protocol::Occupancy::occupied
                                                : protocol::Occupancy::empty);
            time_.after(time, [this, number] { doors_.stick(number, std::nullopt); });
            return;
        case Act::bounce:
            for (auto& [one, box] : doors_.boxes()) {
                box.bounces = static_cast<int>(dice.below(4));
            }
            return;
        case Act::chip_gone:
            doors_.lose(true);
            time_.after(dice.soon(2s, 4h), [this] { doors_.lose(false); });
            return;
        default: return;
    }
}

// Everything works again, for good.
void World::repair() {
    over_ = true;
    broker_.weather = {};
    network_ = 0;
    clock_held_ = false;
    disk_.behave();
    disk_.set_capacity(std::uint64_t{1} << 40U);
    clocks_.correct();
    for (auto& [number, box] : doors_.boxes()) {
        box.jammed = false;
        if (box.stuck) doors_.stick(number, std::nullopt);
    }
    doors_.lose(false);
}

// Faults have stopped: whatever began must come to its end.
void World::wind_down() {
    tell("--- faults have stopped");
    // As an event, so that the daemon hears of it at once.
    const auto repair_now = [this] { time_.after(0ms, [this] { repair(); }); };
    repair_now();
    people_.behave();
    dispatch_.wind_down();
    for (int round = 0; round < plan_.settings.wind_down_hours; ++round) {
        const auto begin = time_.now();
        repair_now();
        dispatch_.hurry();
        if (round % 4 == 1) {
            for (auto& [id, parcel] : dispatch_.parcels()) {
                dispatch_.recall(parcel);
            }
        }
        if (round % 2 == 0) people_.courier_comes(dice_.fork());
        if (round % 6 == 5) dispatch_.ask(protocol::Snapshot{});
        pass(begin + 1h);
    }
    pass(time_.now() + 1h);
}

}  // namespace lucheng::simulation
