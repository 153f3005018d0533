#include "tests/tools/small_dispatcher.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace lucheng::tools_test {

using namespace std::chrono_literals;
using protocol::FactKind;
using protocol::number_of;
using protocol::Reason;

namespace {

constexpr int requests = 7;
constexpr auto again_after = 1s;

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

protocol::WallTime wall_time() {
    return std::chrono::time_point_cast<protocol::Milliseconds>(std::chrono::system_clock::now());
}

}  // namespace

SmallDispatcher::SmallDispatcher(const std::string& broker_uri, protocol::CabinetId cabinet,
                                 protocol::SigningKey key, protocol::SealingPublicKey box,
                                 Wrong wrong)
    : cabinet_{std::move(cabinet)},
      topics_{protocol::topics_of("lucheng/v1", cabinet_)},
      key_{std::move(key)},
      box_{box},
      wrong_{wrong},
      peer_{broker_uri, "small-" + cabinet_.str()} {
    for (int i = 1; i <= requests; ++i) {
        Delivery delivery;
        delivery.assign.delivery =
            protocol::DeliveryId::of(fmt::format("D-{}-{}", cabinet_.str(), i));
        delivery.assign.patron = protocol::PersonId::of(fmt::format("P-{}", i));
        delivery.assign.secrets.code = fmt::format("{:08}", 20481000 + i);
        deliveries_.push_back(std::move(delivery));
    }
    for (const auto* topic : {&topics_.status, &topics_.state, &topics_.reply, &topics_.event}) {
        peer_.subscribe(*topic);
    }
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

SmallDispatcher::~SmallDispatcher() = default;

void SmallDispatcher::run(const std::stop_token& stop) {
    std::size_t heard = 0;
    while (!stop.stop_requested()) {
        const auto next = [&](const rig::Received& message) { return message.index >= heard; };
        while (const auto message = peer_.wait_for(next, 50ms, heard)) {
            hear(*message);
            ++heard;
        }
        act();
    }
}

void SmallDispatcher::hear(const rig::Received& message) {
    if (message.topic == topics_.status) on_status(message.payload);
    if (message.topic == topics_.state) on_state(message.payload);
    if (message.topic == topics_.event) on_event(message.payload);
    if (message.topic == topics_.reply) on_reply(message.payload);
}

void SmallDispatcher::on_status(const std::string& bytes) {
    const auto status = protocol::decode_status(bytes);
    if (!status) return;
    const bool again = !status_ || status_->link != status.value().link;
    status_ = status.value();
    if (!again || status_->link != protocol::Link::ready || is(Wrong::asks_once)) return;
    for (auto& [id, pending] : pending_) pending.next = {};
}

void SmallDispatcher::on_state(const std::string& bytes) {
    const auto state = protocol::decode_state(bytes);
    if (!state) return;
    state_ = state.value();
    const auto& epoch = state_->journal.epoch;
    if (epoch == epoch_ || (is(Wrong::stays_in_the_old_epoch) && !epoch_.empty())) return;
    const bool first = epoch_.empty();
    epoch_ = epoch;
    taken_ = acknowledged_ = 0;
    hash_ = {};
    gap_ = stuck_ = false;
    if (first) return;
    for (auto& delivery : deliveries_) {
        if (delivery.stage == Stage::assigned) delivery.stage = Stage::wanted;
        if (delivery.stage != Stage::deposited) continue;
        delivery.assign.revision = protocol::Revision{number_of(delivery.assign.revision) + 1};
        ask(protocol::Adopt{delivery.assign, *delivery.compartment}, delivery.assign.delivery);
    }
}

void SmallDispatcher::on_event(const std::string& bytes) {
    if (stuck_) return;
    const auto event = protocol::decode_event(bytes);
    if (!event) return;
    const auto entry = protocol::decode_any_entry(event.value().entry);
    if (!entry) return;
    if (!entry.value().kind_known && is(Wrong::stops_at_what_it_does_not_know)) {
        stuck_ = true;
        return;
    }
    const auto& header = entry.value().entry.header;
    const auto number = number_of(header.number);
    if (epoch_.empty()) epoch_ = header.epoch;  // the first entry may come before the first state
    if (header.epoch != epoch_ || number <= taken_) return;
    const bool whole =
        protocol::digest_of(event.value().entry) == event.value().hash && header.previous == hash_;
    if (number != taken_ + 1 || (!whole && !is(Wrong::believes_any_entry))) {
        gap_ = true;
        return;
    }
    taken_ = number;
    hash_ = event.value().hash;
    gap_ = false;
    level_ = now();
    if (entry.value().kind_known) on_fact(entry.value().entry);
}

void SmallDispatcher::on_fact(const protocol::Entry& entry) {
    const auto& fact = entry.fact;
    const auto found =
        std::find_if(deliveries_.begin(), deliveries_.end(), [&](const Delivery& one) {
            return fact.delivery && one.assign.delivery == *fact.delivery;
        });
    if (found == deliveries_.end()) return;
    const bool given_up = found->stage == Stage::refused;
    if (fact.kind == FactKind::assigned && given_up && !is(Wrong::never_cancels)) {
        found->assign.revision = protocol::Revision{number_of(found->assign.revision) + 1};
        return ask(protocol::Cancel{found->assign.delivery, found->assign.revision},
                   found->assign.delivery);
    }
    if (given_up) return;
    if (fact.compartment) found->compartment = fact.compartment;
    if (fact.kind == FactKind::assigned) found->stage = Stage::assigned;
    if (fact.kind == FactKind::deposited || fact.kind == FactKind::adopted) {
        found->stage = Stage::deposited;
    }
    if (fact.kind == FactKind::collected) found->stage = Stage::ended;
}

void SmallDispatcher::on_reply(const std::string& bytes) {
    const auto any = protocol::decode_any_reply(bytes);
    if (!any || (any.value().later_reason && is(Wrong::stops_at_what_it_does_not_know))) return;
    const auto& reply = any.value().reply;
    const auto found = pending_.find(reply.id);
    if (found == pending_.end()) return;
    const auto pending = found->second;
    const bool deaf = is(Wrong::never_listens_to_replies) &&
                      std::holds_alternative<protocol::Assign>(pending.verb);
    if (!deaf) pending_.erase(found);
    if (const auto* done = std::get_if<protocol::Acknowledge>(&pending.verb)) {
        if (any.value().ok() && done->epoch == epoch_) {
            acknowledged_ = std::max(acknowledged_, number_of(done->number));
        }
        return;
    }
    if (!std::holds_alternative<protocol::Assign>(pending.verb)) return;
    for (auto& delivery : deliveries_) {
        if (delivery.assign.delivery == pending.delivery) on_assigned(delivery, any.value());
    }
}

void SmallDispatcher::on_assigned(Delivery& delivery, const protocol::AnyReply& any) {
    const auto& [reply, later_reason] = any;
    if (delivery.stage != Stage::asked) return;
    if (any.ok()) {
        delivery.stage = Stage::assigned;
        delivery.compartment = reply.compartment;
        return;
    }
    const auto again = reply.refusal ? protocol::text_of(reply.refusal->reason).try_again
                                     : later_reason->try_again;
    const bool boot = reply.refusal && reply.refusal->reason == Reason::wrong_boot;
    const bool once_more =
        again == protocol::TryAgain::later || boot || is(Wrong::asks_the_same_again);
    delivery.stage = once_more ? Stage::wanted : Stage::refused;
    delivery.not_before = now() + again_after;
}

void SmallDispatcher::act() {
    if (!status_ || status_->link != protocol::Link::ready || !state_) return;
    for (auto& delivery : deliveries_) act_on(delivery);
    const auto head = number_of(state_->journal.number);
    if (taken_ >= head) level_ = now();
    const bool late = now() - level_ > again_after;
    if ((gap_ || late) && now() > next_replay_ && !is_asked("replay") && !stuck_ &&
        !is(Wrong::never_asks_for_a_replay) && state_->journal.epoch == epoch_) {
        next_replay_ = now() + again_after;
        ask(protocol::Replay{epoch_, protocol::JournalNumber{taken_ + 1}});
    }
    auto number = taken_;
    auto hash = hash_;
    if (is(Wrong::acknowledges_what_the_state_says)) {
        number = head;
        hash = state_->journal.hash;
    }
    if (number > acknowledged_ && !is_asked("acknowledge") && !is(Wrong::never_acknowledges)) {
        ask(protocol::Acknowledge{epoch_, protocol::JournalNumber{number}, hash});
    }
    for (auto& [id, pending] : pending_) {
        if (pending.next > now()) continue;
        const bool anew = is(Wrong::makes_the_box_anew) && pending.next != Instant{};
        if (anew) pending.bytes = bytes_of(id, pending.verb);
        peer_.publish(topics_.command, pending.bytes, 1, is(Wrong::retains_commands));
        pending.next = now() + (is(Wrong::asks_once) ? std::chrono::hours{1} : again_after);
    }
}

void SmallDispatcher::act_on(Delivery& delivery) {
    const auto& id = delivery.assign.delivery;
    const bool anew =
        is(Wrong::takes_a_new_id) && delivery.stage == Stage::asked && now() > delivery.not_before;
    if (anew) {
        std::erase_if(pending_, [&](const auto& one) { return one.second.delivery == id; });
        delivery.stage = Stage::wanted;
    }
    if (delivery.stage != Stage::wanted || now() < delivery.not_before) return;
    delivery.stage = Stage::asked;
    delivery.not_before = now() + 2 * again_after;
    if (!is(Wrong::keeps_the_revision)) {
        delivery.assign.revision = protocol::Revision{number_of(delivery.assign.revision) + 1};
    }
    ask(delivery.assign, id);
}

bool SmallDispatcher::is_asked(std::string_view verb, const protocol::DeliveryId& delivery) {
    return std::any_of(pending_.begin(), pending_.end(), [&](const auto& one) {
        return protocol::name_of(one.second.verb) == verb && one.second.delivery == delivery;
    });
}

void SmallDispatcher::ask(protocol::Verb verb, const protocol::DeliveryId& delivery) {
    const auto id = protocol::CommandId::of(fmt::format("c-{}-{}", cabinet_.str(), next_id_++));
    auto bytes = bytes_of(id, verb);
    pending_[id] = {.verb = std::move(verb), .delivery = delivery, .bytes = std::move(bytes)};
}

std::string SmallDispatcher::bytes_of(const protocol::CommandId& id, protocol::Verb verb) {
    protocol::Command command;
    command.id = id;
    command.cabinet = cabinet_;
    command.issued_at = wall_time();
    command.expires_at = command.issued_at + std::chrono::hours{1};
    if (status_ && !status_->time_trusted && !is(Wrong::never_quotes_the_boot)) {
        command.boot = status_->boot;
    }
    std::string clear;
    if (auto* secrets = protocol::secrets_in(verb)) {
        clear = secrets->code;
        protocol::seal_secrets(verb, box_);
    }
    command.verb = std::move(verb);
    auto body = protocol::encode(command);
    if (is(Wrong::sends_codes_in_clear) && !clear.empty()) {
        body.insert(body.size() - 1, fmt::format(R"(,"code":"{}")", clear));
    }
    return protocol::encode(key_.sign(body));
}

}  // namespace lucheng::tools_test
