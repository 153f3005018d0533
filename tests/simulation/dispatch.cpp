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
const protocol::SigningKey& authority_key() {
    static const auto key = key_of("safe", 3);
    return key;
}
const protocol::SigningKey& key_for_a_day() {
    static const auto key = key_of("for-a-day", 4);
    return key;
}

bool is_operators(const protocol::Verb& verb) {
    return std::holds_alternative<protocol::Open>(verb) ||
           std::holds_alternative<protocol::SetService>(verb) ||
           std::holds_alternative<protocol::Resolve>(verb);
}

constexpr auto longest_wait = 20min;
constexpr std::size_t kept_for_replay = 200;

}  // namespace

std::vector<protocol::TrustedKey> Dispatch::trusted() {
    return {
        {protocol::KeyId::of("dispatch"), protocol::Role::dispatch, dispatch_key().public_key()},
        {protocol::KeyId::of("operations"), protocol::Role::operations,
         operations_key().public_key()},
        {protocol::KeyId::of("safe"), protocol::Role::authority, authority_key().public_key()}};
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

Order& Dispatch::prepare(protocol::Verb verb, std::function<void(const Reply&)> then,
                         bool important, bool for_a_day) {
    const auto id = CommandId::of(fmt::format("c-{}", ++commands_));
    Order& order = orders_[id];
    order.id = id;
    order.verb = std::move(verb);
    order.then = std::move(then);
    order.important = important;
    order.for_a_day = for_a_day;
    unsettled_.insert(id);
    sign(order);
    return order;
}

Order& Dispatch::ask(protocol::Verb verb, std::function<void(const Reply&)> then, bool important,
                     bool for_a_day) {
    Order& order = prepare(std::move(verb), std::move(then), important, for_a_day);
    transmit(order);
    repeat(order.id);
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
    const auto& key = std::holds_alternative<protocol::SetKeys>(order.verb) ? authority_key()
                      : order.for_a_day                                     ? key_for_a_day()
                      : is_operators(order.verb)                            ? operations_key_
                                                                            : dispatch_key_;
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
    for (const auto& id : unsettled_) broker_.send(orders_.at(id).bytes);
}

void Dispatch::replay_an_old_command() {
    if (sent_.empty()) return;
    const auto& command = sent_[dice_.below(sent_.size())];
    broker_.send(command, dice_.one_in(4));
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
    reused_.insert(other.id);
    broker_.send(protocol::encode(dispatch_key_.sign(protocol::encode(other))), false,
                 {"lucheng/v1/" + cabinet_.str() + std::string{reused_topic}, {}});
}

void Dispatch::ask_anew_what_is_old() {
    std::vector<const Order*> old;
    for (const auto& [id, order] : orders_) {
        if (order.issued_at < epoch_began_) continue;
        const auto is_old = [&](const auto& verb) {
            if constexpr (requires {
                              verb.delivery;
                              verb.revision;
                          }) {
                const auto parcel = parcels_.find(verb.delivery);
                return parcel != parcels_.end() &&
                       number_of(verb.revision) < parcel->second.revision;
            } else {
                return false;
            }
        };
        if (std::visit(is_old, order.verb)) old.push_back(&order);
    }
    if (old.empty()) return;
    ask(protocol::Verb{dice_.pick(old)->verb}, {}, false);
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

void Dispatch::suspend(const protocol::PersonId& person, Milliseconds time) {
    ask(protocol::Revoke{person}, [this, person, time](const Reply&) {
        time_.after(time, [this, person] {
            for (const auto& grant : grants_) {
                if (grant.person == person) ask(grant);
            }
        });
    });
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
    assign.secrets.token = parcel.token;
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
        // What it was told since by entries is newer: it may lie elsewhere by now.
        if (!parcel.compartment) parcel.compartment = reply.compartment;
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
            return later(4h, 16h, id, &Dispatch::assign);
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
        [this, id = parcel.id, heard = parcel.heard](const Reply& reply) {
            Parcel& one = parcels_.at(id);
            // What entries told since is newer than a reply that was long on its way.
            if (!reply.refusal && one.heard == heard) one.stage = Parcel::Stage::ended;
        });
}

void Dispatch::recall(Parcel& parcel) {
    if (parcel.stage == Parcel::Stage::ended) return;
    if (parcel.stage == Parcel::Stage::planned) return cancel(parcel);
    parcel.recalled = true;
    ask(protocol::Recall{parcel.id, protocol::Revision{++parcel.revision}},
        [this, id = parcel.id, heard = parcel.heard](const Reply& reply) {
            if (!reply.refusal) return;
            Parcel& one = parcels_.at(id);
            one.recalled = false;
            const auto reason = reply.refusal->reason;
            if (reason == Reason::wrong_state) return cancel(one);
            const bool is_gone =
                reason == Reason::unknown_delivery || reason == Reason::delivery_ended;
            if (is_gone && one.heard == heard) {
                one.stage = Parcel::Stage::ended;
                return;
            }
            later(10min, 60min, id, &Dispatch::recall);
        });
}

// Somebody was sent to look behind the door.
void Dispatch::resolve(Parcel& parcel) {
    if (parcel.stage != Parcel::Stage::inside || !parcel.compartment) return;
    const bool looks_elsewhere = dice_.one_in(6) && is_sensed_well(*parcel.compartment);
    const bool inside = (lies_at(parcel.id) == parcel.compartment) != looks_elsewhere;
    ask(protocol::Resolve{parcel.id, inside ? protocol::Found::inside : protocol::Found::gone},
        [this, id = parcel.id](const Reply& reply) {
            if (reply.refusal) later(10min, 60min, id, &Dispatch::recall);
        });
}

// The list of keys has one more every other time: a key for a day.
void Dispatch::rotate_keys() {
    if (naming_keys_) return;
    naming_keys_ = true;
    auto keys = trusted();
    std::erase_if(keys, [](const auto& key) { return key.role == protocol::Role::authority; });
    if (++keys_serial_ % 2 == 1) {
        keys.push_back(
            {key_for_a_day().id(), protocol::Role::dispatch, key_for_a_day().public_key()});
    }
    ask(protocol::SetKeys{keys_serial_, std::move(keys)}, [this](const Reply& reply) {
        naming_keys_ = false;
        keys_known_ = !reply.refusal;
        keys_named_at_ = clocks_.true_wall();
    });
}

// The list before the newest, as a new command; and a word from the key for a day.
void Dispatch::try_old_keys() {
    if (naming_keys_ || !keys_known_) return;
    const auto serial = keys_serial_;
    const bool named = serial % 2 == 1;
    // A reply from another boot may come before the news that the disk was lost meanwhile.
    const auto is_settled = [this, serial, began = epoch_began_, boot = boot_] {
        return !naming_keys_ && keys_known_ && serial == keys_serial_ && began == epoch_began_ &&
               boot == boot_;
    };
    auto older = trusted();
    older.pop_back();  // the authority
    ask(
        protocol::SetKeys{serial, std::move(older)},
        [this, is_settled](const Reply& reply) {
            if (!reply.refusal && is_settled()) broken("P6: an old list of keys came back");
        },
        false);
    ask(
        protocol::Snapshot{},
        [this, is_settled, named](const Reply& reply) {
            if (!is_settled()) return;
            const bool unknown = reply.refusal && reply.refusal->reason == Reason::unknown_key;
            if (named && unknown) broken("P23: a key that was named signs nothing");
            if (!named && !unknown && !(reply.refusal && is_about_time(reply.refusal->reason))) {
                broken("P5: a key that was revoked still signs");
            }
        },
        false, true);
}

void Dispatch::forget(const protocol::PersonId& person) {
    ask(protocol::Forget{person}, {}, false);
}

// Now and then the one before is held up, and arrives behind it.
void Dispatch::put_up_notice() {
    if (dice_.one_in(3)) {
        const auto late = prepare(next_notice(), {}, false, false).id;
        time_.after(dice_.soon(1s, 10min), [this, late] {
            transmit(orders_.at(late));
            repeat(late);
        });
    }
    time_.after(dice_.soon(10ms, 10s), [this] { ask(next_notice(), {}, false); });
}

protocol::SetNotice Dispatch::next_notice() {
    protocol::SetNotice notice;
    if (dice_.one_in(5)) return notice;  // nothing any more
    notice.chinese = fmt::format("通知{}", ++notices_);
    if (dice_.one_in(2)) notice.english = fmt::format("Notice {}", notices_);
    if (dice_.one_in(2)) notice.until = clocks_.true_wall() + dice_.soon(1min, 40h);
    return notice;
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
