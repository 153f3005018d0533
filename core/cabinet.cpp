#include "core/cabinet.hpp"

#include <algorithm>
#include <cstdlib>

#include "core/state.hpp"

namespace lucheng::core {

void Turn::refuse(Reason reason, std::string argument) {
    decision_.refusal = Refusal{reason, std::move(argument)};
}

Compartment* Turn::compartment(CompartmentNumber number) {
    const auto found = s.compartments.find(number);
    return found == s.compartments.end() ? nullptr : &found->second;
}

Delivery* Turn::delivery(const DeliveryId& id) {
    const auto found = s.ledger.deliveries.find(id);
    return found == s.ledger.deliveries.end() ? nullptr : &found->second;
}

Return* Turn::book_return(protocol::ReturnId id) {
    const auto found = s.ledger.returns.find(id);
    return found == s.ledger.returns.end() ? nullptr : &found->second;
}

void Turn::remove(protocol::ReturnId id) {
    s.ledger.returns.erase(id);
    returns_.erase(id);
    decision_.changes.ended_returns.push_back(id);
}

CompartmentRow& Turn::row(const Compartment& compartment) {
    return s.ledger.compartments.at(compartment.spec.number);
}

void Turn::keep(const Authorisation& authorisation) {
    if (authorisation.outcome == Outcome::ended)
        s.ledger.authorisations.erase(authorisation.id);
    else
        s.ledger.authorisations[authorisation.id] = authorisation;
    decision_.changes.authorisations.push_back(authorisation);
}

void Turn::keep(const Credential& credential) {
    s.ledger.credentials[credential.person] = credential;
    decision_.changes.credentials.push_back(credential);
}

void Turn::revoke(const PersonId& person) {
    s.ledger.credentials.erase(person);
    decision_.changes.revoked_credentials.push_back(person);
}

void Turn::keep(const RememberedCommand& command) {
    s.ledger.commands[command.id] = command;
    decision_.changes.commands.push_back(command);
}

void Turn::set_keys(std::uint64_t serial, std::vector<protocol::TrustedKey> keys) {
    s.ledger.cabinet.keys_serial = serial;
    touch_cabinet();
    s.ledger.keys = keys;
    act(UseKeys{keys});
    decision_.changes.keys = std::move(keys);
}

void Turn::set_notice(Notice notice) {
    s.ledger.notice = notice;
    show_change();
    decision_.changes.notice = std::move(notice);
}

void Turn::forget(const PersonId& person) { decision_.changes.forgotten_people.push_back(person); }

void Turn::set_mark(const KeyId& key, WallTime mark) {
    s.ledger.marks[key] = mark;
    decision_.changes.marks.emplace_back(key, mark);
}

void Turn::forget_before(const KeyId& key, WallTime before) {
    Changes forget{.forgotten_commands = {{key, before}}};
    for (const auto& [id, delivery] : s.ledger.deliveries) {
        if (!is_live(delivery.state) && delivery.issued_at < before) {
            forget.forgotten_deliveries.push_back(id);
        }
    }
    apply(s.ledger, forget);
    decision_.changes.forgotten_commands.emplace_back(key, before);
    auto& forgotten = decision_.changes.forgotten_deliveries;
    forgotten.insert(forgotten.end(), forget.forgotten_deliveries.begin(),
                     forget.forgotten_deliveries.end());
}

Decision Turn::finish() {
    auto& changes = decision_.changes;
    if (cabinet_) changes.cabinet = s.ledger.cabinet;
    for (const auto number : compartments_) {
        changes.compartments.push_back(s.ledger.compartments.at(number));
    }
    for (const auto& id : deliveries_) {
        const auto* found = delivery(id);
        if (found == nullptr) continue;
        std::erase(changes.forgotten_deliveries, id);  // forgotten and born again in one turn
        changes.deliveries.push_back(*found);
    }
    for (const auto id : returns_) changes.returns.push_back(s.ledger.returns.at(id));
    if (changed_ || !decision_.facts.empty()) act(PublishState{});
    return std::move(decision_);
}

Cabinet::Cabinet(CabinetSpec spec, Ledger ledger)
    : state_{std::make_unique<State>(State{.spec = std::move(spec), .ledger = std::move(ledger)})} {
    for (const auto& c : state_->spec.compartments) {
        state_->compartments[c.number] = Compartment{.spec = c};
    }
    for (const auto& [id, delivery] : state_->ledger.deliveries) {
        if (!delivery.compartment) continue;
        // The config is checked against the ledger before: a held compartment cannot vanish.
        state_->compartments.at(*delivery.compartment).holder = id;
    }
    for (const auto& [id, one] : state_->ledger.returns) {
        state_->compartments.at(one.compartment).returned = id;
    }
}

Cabinet::~Cabinet() = default;
Cabinet::Cabinet(Cabinet&&) noexcept = default;
Cabinet& Cabinet::operator=(Cabinet&&) noexcept = default;

namespace {

void on(Turn& turn, const Booted& input) { on_booted(turn, input); }
void on(Turn& turn, const Sensed& input) { on_sensed(turn, input.senses); }
void on(Turn& turn, const PulseEnded& input) { on_pulse_ended(turn, input); }
void on(Turn& turn, const HardwareLost& input) { on_hardware_lost(turn, input); }
void on(Turn& turn, const HardwareBack& input) { on_hardware_back(turn, input); }
void on(Turn& turn, const MainsChanged& input) {
    if (turn.s.mains_failed == input.failed) return;
    turn.s.mains_failed = input.failed;
    turn.record({.kind = input.failed ? FactKind::mains_lost : FactKind::mains_back});
}
// That it is shut again is no news: who opened it may still be at work.
void on(Turn& turn, const CaseMoved& input) {
    if (turn.s.case_open == input.open) return;
    turn.s.case_open = input.open;
    if (input.open) turn.record({.kind = FactKind::tampered});
}
void on(Turn& turn, const DeadlinePassed&) {
    door_deadlines(turn);
    session_deadline(turn);
    attempt_deadlines(turn);
    notice_deadline(turn);
}
void on(Turn& turn, const StoreSpace& input) {
    if (turn.s.store_low == input.low) return;
    turn.s.store_low = input.low;
    turn.record({.kind = input.low ? FactKind::store_low : FactKind::store_well});
}
void on(Turn& turn, const ClockStepped&) { turn.record({.kind = FactKind::clock_changed}); }
void on(Turn& turn, const CommandReceived& input) { on_command(turn, input); }
void on(Turn& turn, const MessagesRefused& input) {
    turn.record({.kind = FactKind::counted, .reason = input.reason, .count = input.count});
}
void on(Turn& turn, const CodeTyped& input) {
    clear_notice(turn);
    on_code(turn, input.code);
}
void on(Turn& turn, const CardShown& input) {
    clear_notice(turn);
    on_card(turn, input.card, input.sealed);
}
void on(Turn& turn, const TokenShown& input) {
    clear_notice(turn);
    on_token(turn, input.token);
}
void on(Turn& turn, const ParcelChosen& input) {
    clear_notice(turn);
    on_chosen(turn, input.delivery);
}
void on(Turn& turn, const Scanned& input) { on_scanned(turn, input); }
void on(Turn& turn, const ReaderChanged& input) { on_reader_changed(turn, input); }
void on(Turn& turn, const Answered& input) {
    clear_notice(turn);
    on_answer(turn, input.answer);
}
void on(Turn& turn, const ReturnAsked&) {
    clear_notice(turn);
    on_return_asked(turn);
}
void on(Turn& turn, const SizeChosen& input) {
    clear_notice(turn);
    on_size_chosen(turn, input.size);
}
void on(Turn& turn, const CollectionAsked&) {
    clear_notice(turn);
    on_collection_asked(turn);
}
void on(Turn& turn, const OpeningAsked& input) {
    clear_notice(turn);
    on_opening_asked(turn, input.compartment);
}
void on(Turn& turn, const WalkAsked&) {
    clear_notice(turn);
    on_walk_asked(turn);
}
void on(Turn& turn, const ServiceAsked& input) {
    clear_notice(turn);
    on_service_asked(turn, input.service);
}
void on(Turn& turn, const TestAsked& input) { on_test_asked(turn, input); }
void on(Turn& turn, const TestAnswered& input) { on_test_answered(turn, input); }
void on(Turn& turn, const TestStopped& input) { on_test_stopped(turn, input); }

}  // namespace

Decision Cabinet::decide(const Now& now, const Input& input) {
    Turn turn{*state_, now};
    serve_time(turn);
    end_what_is_not_granted(turn);
    std::visit([&](const auto& happened) { on(turn, happened); }, input);
    end_what_is_not_granted(turn);  // since this input
    resolve_abandoned(turn);
    follow_test(turn);
    // After any input, so that a deadline is never judged on a state that is about to change.
    expire_what_is_due(turn);
    take_down_old_notice(turn);
    state_->wall_deadline = next_wall_deadline(*state_, now);
    return turn.finish();
}

std::optional<Uptime> Cabinet::next_deadline() const {
    std::optional<Uptime> next = state_->wall_deadline;
    const auto consider = [&](const std::optional<Uptime>& deadline) {
        if (deadline && (!next || *deadline < *next)) next = deadline;
    };
    for (const auto& [number, c] : state_->compartments) {
        if (c.opening) consider(c.opening->deadline);
        consider(c.ajar_at);
        consider(c.settle_at);
        if (c.grace) consider(c.grace->until);
    }
    if (state_->session) consider(state_->session->idle_at);
    if (state_->waiting) consider(state_->waiting->idle_at);
    if (state_->told) consider(state_->told->until);
    if (state_->trial) consider(state_->trial->deadline);
    consider(state_->serve_at);
    for (const auto& [what, flood] : state_->floods) consider(flood.window_ends);
    return next;
}

const Ledger& Cabinet::ledger() const { return state_->ledger; }
const CabinetSpec& Cabinet::spec() const { return state_->spec; }

protocol::StateReport Cabinet::report() const {
    const State& s = *state_;
    protocol::StateReport report{.cabinet = s.spec.id,
                                 .in_service = s.ledger.cabinet.in_service,
                                 .walk_needed = s.ledger.cabinet.walk_needed,
                                 .store_low = s.store_low};
    for (const auto& [number, c] : s.compartments) {
        const CompartmentRow& row = s.ledger.compartments.at(number);
        protocol::CompartmentReport line{.number = number,
                                         .size = c.spec.size,
                                         .door = c.door,
                                         .occupancy = c.occupancy,
                                         .jammed = c.jammed,
                                         .ajar = c.ajar,
                                         .unexplained = row.unexplained,
                                         .out_of_service = row.out_of_service};
        if (c.lost) line.out_of_service = Reason::hardware_lost;
        if (c.holder) {
            line.delivery = *c.holder;
            line.delivery_state = s.ledger.deliveries.at(*c.holder).state;
        }
        if (c.returned) {
            line.book_return = c.returned;
            line.return_state = s.ledger.returns.at(*c.returned).state;
        }
        report.compartments.push_back(line);
        if (!is_free(s, c)) continue;
        switch (c.spec.size) {
            case SizeClass::small: ++report.free_small; break;
            case SizeClass::medium: ++report.free_medium; break;
            case SizeClass::large: ++report.free_large; break;
        }
    }
    return report;
}

}  // namespace lucheng::core
