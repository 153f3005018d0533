#include "tools/cabinetctl/conformance.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace lucheng::cabinetctl {

using namespace std::chrono_literals;
using protocol::DeliveryState;
using protocol::Fact;
using protocol::FactKind;

namespace {

constexpr std::chrono::milliseconds looked_every = 100ms;

}  // namespace

Conformance::Conformance(Session& session, const ConformanceOptions& options,
                         const Printer& printer)
    : session_{session},
      options_{options},
      printer_{printer},
      cabinet_{session, options.cabinet},
      judge_{findings_, cabinet_, options.keys, options.code_key} {}

void Conformance::say(const std::string& line) const {
    if (!printer_.json()) printer_.line(line);
}

template <class Done>
bool Conformance::until(Done done, std::chrono::milliseconds within) {
    const Patience patience{within};
    while (!done()) {
        const auto left = patience.left();
        if (left == 0ms) return false;
        if (const auto heard = session_.next(std::min(left, looked_every))) take(*heard);
    }
    return true;
}

bool Conformance::until_acknowledged() {
    const auto done = [&] {
        return cabinet_.told() >= cabinet_.head() && cabinet_.acknowledged() >= cabinet_.head();
    };
    return until(done, options_.within);
}

void Conformance::must_acknowledge(Check check, const std::string& otherwise) {
    const bool stuck = cabinet_.acknowledged() < stuck_at_;
    if (until_acknowledged()) return findings_.pass(check);
    // What it did not take before keeps it from this.
    if (stuck && cabinet_.acknowledged() < stuck_at_) return;
    stuck_at_ = cabinet_.head();
    findings_.fail(check, fmt::format("{}: entry {} was not acknowledged within {} s, only {}",
                                      otherwise, cabinet_.head(), options_.within.count() / 1'000,
                                      cabinet_.acknowledged()));
    cabinet_.tell_from(cabinet_.acknowledged() + 1);  // so that the next begins level
}

int Conformance::run() {
    open();
    play_answers();
    play_given_up();
    if (has_journal()) {
        play_twice_told();
        play_gap();
        play_behind();
        play_out_of_order();
        play_forged();
        play_later_version();
        play_restart();
        play_new_epoch();
        play_end();
    }
    if (answered_any_) findings_.pass(Check::ends_repeating);
    cabinet_.vanish();
    findings_.print(printer_);
    const auto failures = findings_.failures();
    say(failures == 0 ? "nothing failed" : fmt::format("{} of the checks failed", failures));
    return failures == 0 ? exit_code::done : exit_code::no;
}

void Conformance::open() {
    session_.subscribe(cabinet_.topics().command, true);
    cabinet_.start(true);
    cabinet_.say(protocol::Link::ready);
    cabinet_.tell_from(1);
    cabinet_.tell_state();
    say(fmt::format("{} is ready. Have {} deliveries made to it, of any size, each with a code",
                    cabinet_.id().str(), options_.deliveries));
    must_acknowledge(Check::acknowledges, "the first entry was published");
}

Conformance::Case* Conformance::find(Way way) {
    const auto found = std::find_if(cases_.begin(), cases_.end(),
                                    [&](const auto& one) { return one.second.way == way; });
    return found == cases_.end() ? nullptr : &found->second;
}

protocol::DeliveryId Conformance::delivery_of(const Case& one) const {
    return std::find_if(cases_.begin(), cases_.end(),
                        [&](const auto& pair) { return &pair.second == &one; })
        ->first;
}

bool Conformance::is_settled(const Case& one) const {
    switch (one.way) {
        case Way::lose_reply: return one.settled;
        case Way::later:
        case Way::later_reason:
        case Way::given_up: return one.asked.size() > 1;
        case Way::code_in_use:
        case Way::never:
        case Way::over_restart:
        case Way::taken: return true;
    }
    return true;
}

void Conformance::play_answers() {
    until(
        [&] {
            return cases_.size() >= options_.deliveries &&
                   std::all_of(cases_.begin(), cases_.end(),
                               [&](const auto& one) { return is_settled(one.second); });
        },
        options_.within);
    say(fmt::format("{} deliveries were asked for; now it is quiet, to see what comes again",
                    cases_.size()));
    until([] { return false; }, options_.quiet);
    judge_answers();
}

void Conformance::judge_answers() {
    const auto seconds = (options_.within + options_.quiet).count() / 1'000;
    if (const auto* one = find(Way::lose_reply); one != nullptr && !one->settled) {
        // Was it asked with other bytes? Then that is what is wrong.
        if (!findings_.failed(Check::same_bytes)) {
            findings_.fail(Check::repeats,
                           fmt::format("{} had no reply, and did not come again within {} s",
                                       one->asked.front().str(), seconds));
        }
    }
    // Nothing bad was seen until now; what comes later can still fail it.
    if (find(Way::code_in_use) != nullptr) findings_.pass(Check::try_after_change);
    if (find(Way::never) != nullptr) findings_.pass(Check::try_never);
}

// The cabinet's clock was behind, and is right now: its bytes came again from somewhere.
void Conformance::play_given_up() {
    const auto* one = find(Way::given_up);
    if (one == nullptr || one->asked.size() < 2) return;
    const auto delivery = delivery_of(*one);
    if (cabinet_.find(delivery) != nullptr) return;  // it is wanted, with another code
    unwanted_ = delivery;
    auto& first = judge_.asked(one->asked.front());
    say(fmt::format("{} is done after all, by its first command", delivery.str()));
    accept(first, std::get<protocol::Assign>(first.command.verb), true);
    until([&] { return findings_.passed(Check::takes_back); }, options_.within);
}

std::optional<protocol::DeliveryId> Conformance::assigned_one() const {
    for (const auto& [id, one] : cases_) {
        const auto* held = cabinet_.find(id);
        if (held != nullptr && held->state == DeliveryState::assigned && id != unwanted_) return id;
    }
    return {};
}

// A drop-off where there is something to drop off, else doors; and everything twice.
void Conformance::play_twice_told() {
    say("entries come twice");
    std::vector<Fact> facts;
    const auto delivery = assigned_one();
    if (delivery) {
        auto held = *cabinet_.find(*delivery);
        const auto authorisation = protocol::AuthorisationId{1};
        const auto courier = protocol::PersonId::of("courier-1");
        facts = {{.kind = FactKind::unlock_authorised,
                  .delivery = *delivery,
                  .compartment = held.compartment,
                  .authorisation = authorisation,
                  .means = protocol::Means::card,
                  .purpose = protocol::Purpose::deposit,
                  .person = courier},
                 {.kind = FactKind::opened,
                  .delivery = *delivery,
                  .compartment = held.compartment,
                  .authorisation = authorisation},
                 {.kind = FactKind::closed,
                  .compartment = held.compartment,
                  .authorisation = authorisation},
                 {.kind = FactKind::deposited,
                  .delivery = *delivery,
                  .compartment = held.compartment,
                  .authorisation = authorisation,
                  .means = protocol::Means::card,
                  .count = held.books,
                  .person = courier}};
        held.state = DeliveryState::stored;
        cabinet_.put(*delivery, held);
    } else {
        facts = {{.kind = FactKind::mains_lost}, {.kind = FactKind::mains_back}};
    }
    for (const auto& fact : facts) cabinet_.tell(cabinet_.happen(fact));
    until_acknowledged();
    cabinet_.tell_from(1);  // as after a broker that lost its queue
    cabinet_.happen({.kind = FactKind::help_requested});
    must_acknowledge(Check::once, "entries came twice");
}

void Conformance::play_gap() {
    say("an entry is missing");
    missing_ = cabinet_.append({.kind = FactKind::mains_lost});
    missing_check_ = Check::gap;
    cabinet_.happen({.kind = FactKind::mains_back});
    must_acknowledge(Check::gap, fmt::format("entry {} did not come, the next did", *missing_));
    missing_.reset();
}

void Conformance::play_behind() {
    say("entries do not come, and the state tells of them");
    missing_ = cabinet_.append({.kind = FactKind::mains_lost});
    missing_check_ = Check::behind;
    cabinet_.append({.kind = FactKind::mains_back});
    cabinet_.tell_state();
    must_acknowledge(Check::behind, fmt::format("entry {} did not come", *missing_));
    missing_.reset();
}

void Conformance::play_out_of_order() {
    say("entries come in another order");
    const auto first = cabinet_.append({.kind = FactKind::mains_lost});
    cabinet_.tell(cabinet_.append({.kind = FactKind::mains_back}));
    cabinet_.tell(first);
    cabinet_.tell_state();
    must_acknowledge(Check::in_order, "entries came in another order");
}

void Conformance::play_forged() {
    say("an entry comes whose bytes were altered");
    forged_ = cabinet_.append({.kind = FactKind::mains_lost});
    cabinet_.tell_forged(forged_);
    until([&] { return findings_.failed(Check::chain); }, options_.quiet);
    cabinet_.tell(forged_);
    cabinet_.tell_state();
    must_acknowledge(Check::chain, "an altered entry came, and then the right one");
    forged_ = 0;
}

void Conformance::play_later_version() {
    say("an entry of a later version comes");
    cabinet_.tell(cabinet_.append_of_later_version());
    cabinet_.happen({.kind = FactKind::mains_back});
    must_acknowledge(Check::later_kind, "an entry of an unknown kind came");
}

void Conformance::play_restart() {
    say("the cabinet restarts, and does not trust its clock");
    cabinet_.say(protocol::Link::lost);
    cabinet_.start(false);
    restarted_ = true;
    cabinet_.say(protocol::Link::ready);
    cabinet_.tell_state();
    cabinet_.tell_from(cabinet_.acknowledged() + 1);
    // Only a command that quotes the boot acknowledges it.
    must_acknowledge(Check::boot_quoted, "the cabinet restarted");
    if (const auto* one = find(Way::over_restart)) {
        until([&] { return findings_.passed(Check::over_restart) && one->asked.size() > 1; },
              options_.within);
        // Was it asked in another way before? Then that is what is wrong.
        if (!one->settled && !findings_.failed(Check::same_bytes)) {
            findings_.fail(Check::over_restart,
                           fmt::format("{} had no reply before the restart, and did not come again",
                                       one->asked.front().str()));
        }
    }
    cabinet_.trust_time();
}

void Conformance::play_new_epoch() {
    say("the cabinet loses its memory, and begins a new journal");
    for (const auto& [id, one] : cases_) {
        const auto* held = cabinet_.find(id);
        if (held != nullptr && held->state == DeliveryState::stored) lost_.emplace(id, *held);
    }
    cabinet_.say(protocol::Link::lost);
    cabinet_.lose_memory();
    stuck_at_ = 0;
    epoch_began_ = wall_time();
    cabinet_.start(true);
    cabinet_.say(protocol::Link::ready);
    cabinet_.tell_state();
    cabinet_.tell_from(1);
    must_acknowledge(Check::new_epoch, "a new epoch began");
    if (lost_.empty()) return;
    say("what lay in it before is to be adopted");
    until([&] { return findings_.passed(Check::adopts); }, options_.within);
}

void Conformance::play_end() {
    for (const auto& [id, held] : lost_) {
        if (cabinet_.find(id) == nullptr) continue;
        cabinet_.remove(id);
        cabinet_.happen({.kind = FactKind::collected,
                         .delivery = id,
                         .compartment = held.compartment,
                         .means = protocol::Means::code,
                         .count = held.books,
                         .person = held.patron});
    }
    until_acknowledged();
}

}  // namespace lucheng::cabinetctl
