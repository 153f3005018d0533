#include "tests/simulation/dispatch.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <utility>

namespace lucheng::simulation {

using namespace std::chrono_literals;
using protocol::Reply;

namespace {

protocol::SigningKey key_of(std::string_view name, std::uint8_t byte) {
    std::array<std::uint8_t, 32> seed{};
    seed.fill(byte);
    return protocol::SigningKey::parse(fmt::format("{} {}", name, protocol::base64(seed))).value();
}
protocol::SigningKey dispatch_key() { return key_of("dispatch", 1); }
protocol::SigningKey operations_key() { return key_of("operations", 2); }

bool is_operators(const protocol::Verb& verb) {
    return std::holds_alternative<protocol::Open>(verb) ||
           std::holds_alternative<protocol::SetService>(verb);
}

constexpr auto longest_wait = 20min;
constexpr std::size_t kept_for_replay = 200;

}  // namespace

std::vector<protocol::TrustedKey> Dispatch::trusted() {
    return {
        {protocol::KeyId::of("dispatch"), protocol::Role::dispatch, dispatch_key().public_key()},
        {protocol::KeyId::of("operations"), protocol::Role::operations,
         operations_key().public_key()}};
}

Dispatch::Dispatch(Timeline& time, const Clocks& clocks, Broker& broker,
                   protocol::CabinetId cabinet, const protocol::SealingPublicKey& cabinet_key,
                   Random dice)
    : time_{time},
      clocks_{clocks},
      broker_{broker},
      cabinet_{std::move(cabinet)},
      cabinet_key_{cabinet_key},
      dice_{dice},
      dispatch_key_{dispatch_key()},
      operations_key_{operations_key()} {}

std::string Dispatch::new_code() {
    // Spread over all eight digits, and never twice.
    return fmt::format("{:08d}", (++codes_ * 7'654'321 + 1'234'567) % 100'000'000);
}

std::size_t Dispatch::unanswered() const {
    return static_cast<std::size_t>(std::count_if(
        orders_.begin(), orders_.end(), [](const auto& entry) { return !entry.second.settled; }));
}

Order& Dispatch::ask(protocol::Verb verb, std::function<void(const Reply&)> then, bool important) {
    const auto id = CommandId::of(fmt::format("c-{}", ++commands_));
    Order& order = orders_[id];
    order.id = id;
    order.verb = std::move(verb);
    order.then = std::move(then);
    order.important = important;
    sign(order);
    transmit(order);
    repeat(id);
    return order;
}

void Dispatch::sign(Order& order) {
    order.issued_at = clocks_.true_wall();
    order.expires_at = order.issued_at + 24h;
    protocol::Command command{.id = order.id,
                              .cabinet = cabinet_,
                              .issued_at = order.issued_at,
                              .expires_at = order.expires_at,
                              .boot = boot_,
                              .verb = order.verb};
    protocol::seal_secrets(command.verb, cabinet_key_);
    const auto& key = is_operators(order.verb) ? operations_key_ : dispatch_key_;
    order.bytes = protocol::encode(key.sign(protocol::encode(command)));
}

void Dispatch::transmit(Order& order) {
    if (dice_.one_in(25)) {  // a slow way round: it may arrive behind what is sent after it
        time_.after(dice_.soon(1s, 10min), [this, bytes = order.bytes] { broker_.send(bytes); });
    } else {
        broker_.send(order.bytes);
    }
    if (dice_.one_in(25)) broker_.send(order.bytes);
    sent_.push_back(order.bytes);
    if (sent_.size() > kept_for_replay) sent_.pop_front();
}

void Dispatch::repeat(const CommandId& id) {
    time_.after(orders_.at(id).wait, [this, id] {
        const auto found = orders_.find(id);
        if (found == orders_.end() || found->second.settled) return;
        Order& order = found->second;
        order.wait = std::min<Milliseconds>(order.wait * 2, longest_wait);
        transmit(order);
        repeat(id);
    });
}

void Dispatch::hurry() {
    for (auto& [id, order] : orders_) {
        if (!order.settled) broker_.send(order.bytes);
    }
}

void Dispatch::replay_an_old_command() {
    if (!sent_.empty()) broker_.send(sent_[dice_.below(sent_.size())], dice_.one_in(4));
}

// Another body under an id that is known: an attack, or a dispatch restored from a backup.
void Dispatch::reuse_an_id() {
    if (orders_.empty()) return;
    auto at = orders_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(dice_.below(orders_.size())));
    const Order& known = at->second;
    if (!known.answer || is_operators(known.verb)) return;
    // Only of what the cabinet has to remember.
    if (known.answer->refusal && is_about_time(known.answer->refusal->reason)) return;
    if (clocks_.true_wall() - known.issued_at > 24h * 6 || known.issued_at < epoch_began_) return;
    const protocol::Command other{.id = at->first,
                                  .cabinet = cabinet_,
                                  .issued_at = clocks_.true_wall(),
                                  .expires_at = clocks_.true_wall() + 1h,
                                  .boot = boot_,
                                  .verb = protocol::Snapshot{}};
    const bool kept = !std::holds_alternative<protocol::Replay>(known.verb) &&
                      !std::holds_alternative<protocol::Acknowledge>(known.verb) &&
                      !std::holds_alternative<protocol::Snapshot>(known.verb);
    if (!kept) return;
    broker_.send(protocol::encode(dispatch_key_.sign(protocol::encode(other))));
}

void Dispatch::plan(Parcel parcel) {
    parcel.planned_at = time_.now();
    const DeliveryId id = parcel.id;
    assign(parcels_.insert_or_assign(id, std::move(parcel)).first->second);
}

void Dispatch::grant(const protocol::PersonId& person, protocol::PersonRole role,
                     const std::string& code, const std::string& card) {
    grants_.push_back({.person = person, .role = role, .secrets = {.code = code, .cards = {card}}});
    ask(grants_.back());
}

void Dispatch::grant_all() {
    for (const auto& grant : grants_) ask(grant);
}

void Dispatch::later(Milliseconds least, Milliseconds most, const DeliveryId& id,
                     void (Dispatch::*what)(Parcel&)) {
    time_.after(dice_.between(least, most), [this, id, what] { (this->*what)(parcels_.at(id)); });
}

namespace {

protocol::Assign assignment(const Parcel& parcel) {
    protocol::Assign assign{.delivery = parcel.id,
                            .revision = protocol::Revision{parcel.revision},
                            .patron = parcel.patron,
                            .group = parcel.group,
                            .size = parcel.size,
                            .books = parcel.books,
                            .easy_access = parcel.easy_access,
                            .secrets = {.code = parcel.code}};
    if (!parcel.card.empty()) assign.secrets.cards = {parcel.card};
    return assign;
}

}  // namespace

void Dispatch::assign(Parcel& parcel) {
    if (parcel.stage != Parcel::Stage::planned) return;
    ask(assignment(parcel), [this, id = parcel.id](const Reply& reply) { on_assigned(id, reply); });
}

void Dispatch::on_assigned(const DeliveryId& id, const Reply& reply) {
    Parcel& parcel = parcels_.at(id);
    if (parcel.stage != Parcel::Stage::planned) return;
    if (!reply.refusal) {
        parcel.stage = Parcel::Stage::reserved;
        parcel.compartment = reply.compartment;
        return;
    }
    const bool hopeless = winding_down_ || time_.now() - parcel.planned_at > 96h;
    switch (reply.refusal->reason) {
        case Reason::no_compartment:
        case Reason::store_full:
        case Reason::cabinet_out_of_service:
        case Reason::code_in_use:
        case Reason::too_many_commands:
            if (hopeless) {
                parcel.stage = Parcel::Stage::ended;
                return;
            }
            return later(30min, 4h, id, &Dispatch::assign);
        case Reason::superseded:
            ++parcel.revision;
            return later(1min, 10min, id, &Dispatch::assign);
        case Reason::delivery_exists: parcel.stage = Parcel::Stage::reserved; return;
        case Reason::delivery_ended: parcel.stage = Parcel::Stage::ended; return;
        default: broken("assign refused: " + std::string{code_of(reply.refusal->reason)});
    }
}

void Dispatch::adopt(Parcel& parcel) {
    if (!parcel.compartment || parcel.stage != Parcel::Stage::inside) return;
    ++parcel.revision;
    ask(protocol::Adopt{assignment(parcel), *parcel.compartment},
        [this, id = parcel.id](const Reply& reply) {
            Parcel& one = parcels_.at(id);
            if (!reply.refusal || one.stage == Parcel::Stage::ended) return;
            const auto why = reply.refusal->reason;
            // Somebody stands at the door, or another lies there by now: staff will look.
            if (why == Reason::compartment_busy && !one.recalled)
                later(10min, 1h, id, &Dispatch::adopt);
        });
}

void Dispatch::cancel(Parcel& parcel) {
    if (parcel.stage == Parcel::Stage::ended) return;
    ask(protocol::Cancel{parcel.id, protocol::Revision{++parcel.revision}},
        [this, id = parcel.id](const Reply& reply) {
            if (!reply.refusal) parcels_.at(id).stage = Parcel::Stage::ended;
        });
}

void Dispatch::recall(Parcel& parcel) {
    if (parcel.stage == Parcel::Stage::ended) return;
    if (parcel.stage == Parcel::Stage::planned) return cancel(parcel);
    parcel.recalled = true;
    ask(protocol::Recall{parcel.id, protocol::Revision{++parcel.revision}},
        [this, id = parcel.id](const Reply& reply) {
            if (!reply.refusal) return;
            Parcel& one = parcels_.at(id);
            one.recalled = false;
            if (reply.refusal->reason == Reason::wrong_state) return cancel(one);
            if (reply.refusal->reason == Reason::unknown_delivery ||
                reply.refusal->reason == Reason::delivery_ended) {
                one.stage = Parcel::Stage::ended;
                return;
            }
            later(10min, 60min, id, &Dispatch::recall);
        });
}

void Dispatch::rekey(Parcel& parcel) {
    if (parcel.stage == Parcel::Stage::ended) return;
    auto code = new_code();
    ask(protocol::Rekey{.delivery = parcel.id,
                        .revision = protocol::Revision{++parcel.revision},
                        .secrets = {.code = code}},
        [this, id = parcel.id, code](const Reply& reply) {
            if (reply.refusal) return;
            Parcel& one = parcels_.at(id);
            one.old_codes.push_back(one.code);
            one.code = code;
        });
}

void Dispatch::extend(Parcel& parcel) {
    if (parcel.stage == Parcel::Stage::ended) return;
    ask(protocol::Extend{parcel.id, protocol::Revision{++parcel.revision},
                         clocks_.true_wall() + dice_.between(2h, 96h)},
        {}, false);
}

void Dispatch::clear(CompartmentNumber number) {
    if (!clearing_.insert(number).second) return;
    time_.after(winding_down_ ? dice_.between(1min, 5min) : dice_.between(20min, 8h),
                [this, number] {
                    ask(protocol::Open{number}, [this, number](const Reply& reply) {
                        if (reply.refusal) return void(clearing_.erase(number));
                        somebody_look(number);
                        time_.after(5min, [this, number] { clearing_.erase(number); });
                    });
                });
}

}  // namespace lucheng::simulation
