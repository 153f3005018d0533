// The played cabinet's answers: as a cabinet gives them, but for what the play holds back.
#include <algorithm>
#include <fmt/format.h>

#include "tools/cabinetctl/conformance.hpp"

namespace lucheng::cabinetctl {

using protocol::Fact;
using protocol::FactKind;
using protocol::number_of;
using protocol::Reason;
using protocol::Refusal;

namespace {

Instant now() { return std::chrono::steady_clock::now(); }

}  // namespace

void Conformance::take(const Heard& heard) {
    if (heard.topic != cabinet_.topics().command) return;
    const auto verdict = judge_.hear(heard);
    if (verdict.asked == nullptr || (verdict.refusal && verdict.again)) {
        if (verdict.id.empty()) return;
        const protocol::Reply no{.id = verdict.id,
                                 .cabinet = cabinet_.id(),
                                 .boot = cabinet_.boot(),
                                 .refusal = verdict.refusal};
        session_.publish(cabinet_.topics().reply, protocol::encode(no));
        return;
    }
    auto& asked = *verdict.asked;
    if (verdict.again) return repeated(asked);
    if (verdict.refusal) {
        auto reply = reply_to(asked);
        reply.refusal = verdict.refusal;
        return answer(asked, reply);
    }
    obey(asked);
}

void Conformance::obey(Asked& asked) {
    std::visit([&](const auto& verb) { on(asked, verb); }, asked.command.verb);
}

void Conformance::repeated(Asked& asked) {
    if (!asked.answer.empty()) {
        if (now() > asked.answered + options_.quiet) {
            findings_.fail(
                Check::ends_repeating,
                fmt::format("{} {} came again {} s after its reply",
                            protocol::name_of(asked.command.verb), asked.command.id.str(),
                            std::chrono::duration_cast<std::chrono::seconds>(now() - asked.answered)
                                .count()));
        }
        return session_.publish(cabinet_.topics().reply, asked.answer);
    }
    const auto* assign = std::get_if<protocol::Assign>(&asked.command.verb);
    if (assign == nullptr) return;
    auto& one = cases_.at(assign->delivery);
    if (one.way == Way::lose_reply) {
        findings_.pass(Check::repeats);
        one.settled = true;
        auto reply = reply_to(asked);
        const auto* held = cabinet_.find(assign->delivery);
        if (held != nullptr) reply.compartment = held->compartment;
        return answer(asked, reply);
    }
    if (one.way != Way::over_restart || !restarted_) return;
    findings_.pass(Check::over_restart);
    one.settled = true;
    if (cabinet_.time_trusted() || asked.command.boot == cabinet_.boot()) {
        return accept(asked, *assign, true);
    }
    refuse(asked, Reason::wrong_boot, cabinet_.boot().str());
}

void Conformance::answer_raw(Asked& asked, const std::string& bytes) {
    asked.answer = bytes;
    asked.answered = now();
    answered_any_ = true;
    session_.publish(cabinet_.topics().reply, bytes);
}

void Conformance::answer(Asked& asked, const protocol::Reply& reply) {
    answer_raw(asked, protocol::encode(reply));
}

protocol::Reply Conformance::reply_to(const Asked& asked) const {
    return {.id = asked.command.id, .cabinet = cabinet_.id(), .boot = cabinet_.boot()};
}

void Conformance::refuse(Asked& asked, Reason reason, const std::string& argument) {
    auto reply = reply_to(asked);
    reply.refusal = Refusal{reason, argument};
    answer(asked, reply);
}

Fact Conformance::fact_of(const Asked& asked, FactKind kind) const {
    return {.kind = kind, .command = asked.command.id, .key = asked.key};
}

void Conformance::accept(Asked& asked, const protocol::Assign& assign, bool answered) {
    const auto compartment = cabinet_.reserve(assign);
    if (!compartment) {
        return refuse(asked, Reason::no_compartment, std::string{code_of(assign.size)});
    }
    auto fact = fact_of(asked, FactKind::assigned);
    fact.delivery = assign.delivery;
    fact.compartment = compartment;
    fact.count = assign.books;
    fact.person = assign.patron;
    cabinet_.happen(fact);
    if (!answered) return;
    auto reply = reply_to(asked);
    reply.delivery = assign.delivery;
    reply.compartment = compartment;
    answer(asked, reply);
}

void Conformance::on(Asked& asked, const protocol::Assign& assign) {
    const auto way = static_cast<Way>(
        std::min<std::size_t>(cases_.size(), static_cast<std::size_t>(Way::taken)));
    auto [at, first] = cases_.try_emplace(assign.delivery, Case{.way = way});
    auto& one = at->second;
    one.asked.push_back(asked.command.id);
    if (first) return first_time(one, asked, assign);
    next_time(one, asked, assign);
}

void Conformance::first_time(Case& one, Asked& asked, const protocol::Assign& assign) {
    switch (one.way) {
        case Way::lose_reply: return accept(asked, assign, false);
        case Way::later:
            return refuse(asked, Reason::no_compartment, std::string{code_of(assign.size)});
        case Way::code_in_use:
            one.refused = asked.secrets;
            return refuse(asked, Reason::code_in_use);
        case Way::never: return refuse(asked, Reason::delivery_ended);
        case Way::later_reason:
            return answer_raw(
                asked,
                fmt::format(R"({{"id":"{}","cabinet":"{}","boot":"{}","ok":false,)"
                            R"("reason":"of_a_later_version","try_again":"later",)"
                            R"("mood":"sunny"}})",
                            asked.command.id.str(), cabinet_.id().str(), cabinet_.boot().str()));
        case Way::given_up: return refuse(asked, Reason::not_yet_valid);
        case Way::over_restart: return;  // silence
        case Way::taken: return accept(asked, assign, true);
    }
}

void Conformance::next_time(Case& one, Asked& asked, const protocol::Assign& assign) {
    const auto id = asked.command.id.str();
    const auto& first = one.asked.front().str();
    const auto* held = cabinet_.find(assign.delivery);
    const bool silent = (one.way == Way::lose_reply || one.way == Way::over_restart) &&
                        judge_.asked(one.asked.front()).answer.empty();
    if (silent) {
        findings_.fail(Check::repeats, fmt::format("{} was asked anew as {}, while {} is not "
                                                   "answered",
                                                   assign.delivery.str(), id, first));
        one.settled = true;
    }
    if (one.way == Way::never) {
        findings_.fail(Check::try_never, fmt::format("{} was asked again as {}, after "
                                                     "delivery_ended to {}",
                                                     assign.delivery.str(), id, first));
        return refuse(asked, Reason::delivery_ended);
    }
    const bool gave_up = one.way == Way::given_up && one.asked.size() == 2;
    if (gave_up) one.refused = asked.secrets;
    if (one.way == Way::code_in_use || one.way == Way::given_up) {
        if (!gave_up && asked.secrets == one.refused) {
            findings_.fail(Check::try_after_change,
                           fmt::format("{} was asked again as {} with the code that is in use",
                                       assign.delivery.str(), id));
        }
        if (asked.secrets == one.refused) return refuse(asked, Reason::code_in_use);
        findings_.pass(Check::try_after_change);
    }
    if (one.way == Way::later) findings_.pass(Check::try_later);
    if (one.way == Way::later_reason) findings_.pass(Check::later_reason);
    if (held == nullptr) return accept(asked, assign, true);
    auto reply = reply_to(asked);
    reply.refusal = Refusal{Reason::delivery_exists};
    reply.delivery = assign.delivery;
    reply.compartment = held->compartment;
    answer(asked, reply);
}

void Conformance::on(Asked& asked, const protocol::Cancel& cancel) {
    if (unwanted_ && cancel.delivery == *unwanted_) findings_.pass(Check::takes_back);
    const auto* held = cabinet_.find(cancel.delivery);
    if (held != nullptr && held->state != protocol::DeliveryState::assigned) {
        return refuse(asked, Reason::already_deposited);
    }
    auto fact = fact_of(asked, FactKind::cancelled);
    fact.delivery = cancel.delivery;
    if (held != nullptr) fact.compartment = held->compartment;
    cabinet_.remove(cancel.delivery);
    cabinet_.happen(fact);
    answer(asked, reply_to(asked));
}

void Conformance::on(Asked& asked, const protocol::Adopt& adopt) {
    const auto& delivery = adopt.delivery.delivery;
    const auto known = lost_.find(delivery);
    if (known == lost_.end() || known->second.compartment != adopt.compartment) {
        findings_.fail(Check::adopts, fmt::format("{} does not lie in compartment {}",
                                                  delivery.str(), number_of(adopt.compartment)));
        return refuse(asked, Reason::compartment_busy);
    }
    findings_.pass(Check::adopts);
    cabinet_.put(delivery, known->second);
    auto fact = fact_of(asked, FactKind::adopted);
    fact.delivery = delivery;
    fact.compartment = adopt.compartment;
    fact.count = adopt.delivery.books;
    fact.person = adopt.delivery.patron;
    cabinet_.happen(fact);
    auto reply = reply_to(asked);
    reply.delivery = delivery;
    reply.compartment = adopt.compartment;
    answer(asked, reply);
}

void Conformance::on(Asked& asked, const protocol::Acknowledge& acknowledge) {
    const auto number = number_of(acknowledge.number);
    if (acknowledge.epoch != cabinet_.epoch()) {
        if (asked.command.issued_at > epoch_began_ + options_.quiet) {
            findings_.fail(
                Check::new_epoch,
                fmt::format("{} acknowledges epoch {}, after {} began", asked.command.id.str(),
                            acknowledge.epoch.str(), cabinet_.epoch().str()));
        }
        return refuse(asked, Reason::wrong_epoch, cabinet_.epoch().str());
    }
    if (number > cabinet_.told()) {
        if (number == forged_) {
            findings_.fail(Check::chain, fmt::format("entry {} is acknowledged, whose bytes did "
                                                     "not have its hash",
                                                     number));
        } else {
            findings_.fail(Check::acknowledges_right,
                           fmt::format("entry {} is acknowledged, and it was told only up to {}",
                                       number, cabinet_.told()));
        }
    }
    if (number > cabinet_.head()) return refuse(asked, Reason::beyond_head);
    if (acknowledge.hash != cabinet_.hash_of(number)) {
        findings_.fail(
            Check::acknowledges_right,
            fmt::format("entry {} is acknowledged with another hash than it has", number));
        return refuse(asked, Reason::wrong_hash);
    }
    findings_.pass(Check::acknowledges_right);
    cabinet_.acknowledged(number);
    answer(asked, reply_to(asked));
}

void Conformance::on(Asked& asked, const protocol::Replay& replay) {
    if (replay.epoch != cabinet_.epoch()) {
        return refuse(asked, Reason::wrong_epoch, cabinet_.epoch().str());
    }
    const auto from = number_of(replay.from);
    if (from == 0 || from > cabinet_.head()) return refuse(asked, Reason::beyond_head);
    if (missing_ && from > *missing_) {
        findings_.fail(missing_check_,
                       fmt::format("replay is asked from {}, and {} is missing", from, *missing_));
    } else if (missing_) {
        findings_.pass(missing_check_);
    }
    answer(asked, reply_to(asked));
    cabinet_.tell_from(from);
}

void Conformance::on(Asked& asked, const protocol::Snapshot& /*snapshot*/) {
    cabinet_.tell_state();
    answer(asked, reply_to(asked));
}

void Conformance::change(Asked& asked, const protocol::DeliveryId& delivery, FactKind kind,
                         protocol::DeliveryState state) {
    const auto* held = cabinet_.find(delivery);
    if (held == nullptr) return refuse(asked, Reason::unknown_delivery);
    auto changed = *held;
    changed.state = state;
    cabinet_.put(delivery, changed);
    auto fact = fact_of(asked, kind);
    fact.delivery = delivery;
    fact.compartment = changed.compartment;
    cabinet_.happen(fact);
    answer(asked, reply_to(asked));
}

void Conformance::on(Asked& asked, const protocol::Extend& extend) {
    const auto* held = cabinet_.find(extend.delivery);
    change(asked, extend.delivery, FactKind::extended,
           held == nullptr ? protocol::DeliveryState::assigned : held->state);
}

void Conformance::on(Asked& asked, const protocol::Rekey& rekey) {
    const auto* held = cabinet_.find(rekey.delivery);
    change(asked, rekey.delivery, FactKind::rekeyed,
           held == nullptr ? protocol::DeliveryState::assigned : held->state);
}

void Conformance::on(Asked& asked, const protocol::Recall& recall) {
    change(asked, recall.delivery, FactKind::recalling, protocol::DeliveryState::recalling);
}

void Conformance::on(Asked& asked, const protocol::Grant& grant) {
    auto fact = fact_of(asked, FactKind::granted);
    fact.detail = std::string{code_of(grant.role)};
    fact.person = grant.person;
    cabinet_.happen(fact);
    answer(asked, reply_to(asked));
}

void Conformance::on(Asked& asked, const protocol::Revoke& revoke) {
    auto fact = fact_of(asked, FactKind::revoked);
    fact.person = revoke.person;
    cabinet_.happen(fact);
    answer(asked, reply_to(asked));
}

void Conformance::on(Asked& asked, const protocol::Forget& /*forget*/) {
    cabinet_.happen(fact_of(asked, FactKind::forgotten));
    answer(asked, reply_to(asked));
}

void Conformance::on(Asked& asked, const protocol::SetNotice& notice) {
    auto fact = fact_of(asked, FactKind::notice_changed);
    fact.detail = notice.chinese.empty() && notice.english.empty() ? "removed" : "shown";
    cabinet_.happen(fact);
    answer(asked, reply_to(asked));
}

template <class Verb>
void Conformance::on(Asked& asked, const Verb& /*verb*/) {
    refuse(asked, Reason::hardware_lost);  // it has none
}

}  // namespace lucheng::cabinetctl
