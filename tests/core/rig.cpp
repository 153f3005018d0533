#include "tests/core/rig.hpp"

#include <algorithm>
#include <stdexcept>

namespace lucheng::test {

using protocol::number_of;

core::SecretHash secret(std::string_view text) {
    core::SecretHash hash;
    std::copy_n(text.begin(), std::min(text.size(), hash.digest.size()), hash.digest.begin());
    return hash;
}

core::CabinetSpec usual_spec() {
    const auto box = [](int number, SizeClass size, std::uint16_t height, bool sensor) {
        return core::CompartmentSpec{CompartmentNumber(number), size, height, sensor};
    };
    return {
        .id = protocol::CabinetId::of("KS-001"),
        .compartments = {box(1, SizeClass::small, 1'500, true), box(2, SizeClass::small, 800, true),
                         box(3, SizeClass::medium, 300, true),
                         box(4, SizeClass::small, 1'800, false), box(5, SizeClass::large, 0, true)},
        .cards_by_hand = true,
        .takes_returns = true,
        .returns_elsewhere = "the library"};
}

core::CabinetSpec without_sensors() {
    auto spec = usual_spec();
    for (auto& c : spec.compartments) c.has_sensor = false;
    return spec;
}

Rig::Rig(core::CabinetSpec with) : spec{with}, cabinet{with, {}} {
    for (const auto& c : spec.compartments) boxes_[c.number];
    reboot(true);
    std::ignore = story();
}

core::CommandReceived Rig::command(protocol::Verb verb, core::HashedSecrets secrets) {
    core::CommandReceived received;
    received.command.id = protocol::CommandId::of("C-" + std::to_string(++commands_));
    received.command.cabinet = spec.id;
    received.command.issued_at = now.wall;
    received.command.expires_at = now.wall + 1h;
    received.command.verb = std::move(verb);
    received.key = protocol::KeyId::of("dispatch");
    received.role = protocol::Role::dispatch;
    if (!protocol::may_ask(received.role, received.command.verb)) {
        received.key = protocol::KeyId::of("li");
        received.role = protocol::Role::operations;
    }
    if (!protocol::may_ask(received.role, received.command.verb)) {
        received.key = protocol::KeyId::of("safe");
        received.role = protocol::Role::authority;
    }
    received.body = secret("body of " + received.command.id.str()).digest;
    received.secrets = std::move(secrets);
    received.boot = protocol::BootId::of("boot-1");
    received.command.boot = received.boot;
    return received;
}

std::optional<Reason> Rig::send(core::CommandReceived received) {
    last_answer_.reset();
    feed(received);
    return last_answer_ ? std::optional{last_answer_->reason} : std::nullopt;
}

std::optional<Reason> Rig::send(protocol::Verb verb, core::HashedSecrets secrets) {
    return send(command(std::move(verb), std::move(secrets)));
}

std::optional<Reason> Rig::assign(const Parcel& parcel) {
    core::HashedSecrets secrets;
    if (!parcel.code.empty()) secrets.code = secret(parcel.code);
    for (const auto& card : parcel.cards) secrets.cards.push_back(secret(card));
    if (!parcel.token.empty()) secrets.token = secret(parcel.token);
    protocol::Assign assign{.delivery = DeliveryId::of(parcel.id),
                            .revision = protocol::Revision{parcel.revision},
                            .patron = protocol::PersonId::of(parcel.patron),
                            .size = parcel.size,
                            .books = 3,
                            .easy_access = parcel.easy_access,
                            .pickup_by = parcel.pickup_by};
    if (!parcel.group.empty()) assign.group = protocol::GroupId::of(parcel.group);
    return send(std::move(assign), std::move(secrets));
}

std::optional<Reason> Rig::cancel(const std::string& id, std::uint32_t revision) {
    return send(protocol::Cancel{DeliveryId::of(id), protocol::Revision{revision}});
}

void Rig::grant_courier(const std::string& code) {
    send(protocol::Grant{.person = protocol::PersonId::of("courier-7"),
                         .role = protocol::PersonRole::courier},
         {.code = secret(code), .cards = {secret("COURIER")}});
}

namespace {
std::optional<Reason> reason(const core::Decision& decision) {
    return decision.refusal ? std::optional{decision.refusal->reason} : std::nullopt;
}
}  // namespace

std::optional<Reason> Rig::code(std::string_view digits) {
    return reason(feed(core::CodeTyped{secret(digits)}));
}
std::optional<Reason> Rig::card(std::string_view number) {
    return reason(feed(core::CardShown{secret(number), "sealed-" + std::string{number}}));
}

std::optional<Reason> Rig::bring_back() { return reason(feed(core::ReturnAsked{})); }
std::optional<Reason> Rig::size(SizeClass chosen) { return reason(feed(core::SizeChosen{chosen})); }
std::optional<Reason> Rig::collect() { return reason(feed(core::CollectionAsked{})); }
std::optional<Reason> Rig::bring(std::string_view number, SizeClass chosen) {
    if (const auto why = bring_back()) return why;
    if (const auto why = card(number)) return why;
    return size(chosen);
}

std::string Rig::returns() const {
    std::string line;
    for (const auto& one : cabinet.report().compartments) {
        if (!one.book_return) continue;
        if (!line.empty()) line += ", ";
        line += std::to_string(number_of(one.number)) + ' ';
        line += code_of(*one.return_state);
    }
    return line;
}

std::optional<Reason> Rig::token(std::string_view digits) {
    return reason(feed(core::TokenShown{secret(digits)}));
}

std::optional<Reason> Rig::choose(const std::string& id) {
    return reason(feed(core::ParcelChosen{DeliveryId::of(id)}));
}
std::optional<Reason> Rig::answer(Answer said) { return reason(feed(core::Answered{said})); }

namespace {
int wired(const std::map<int, int>& wires, int number) {
    const auto found = wires.find(number);
    return found == wires.end() ? number : found->second;
}
}  // namespace

std::optional<Reason> Rig::test(protocol::TestKind kind, protocol::SelfTest what) {
    return reason(feed(core::TestAsked{
        {.kind = kind, .what = std::move(what), .by = protocol::PersonId::of("wang")}}));
}
std::optional<Reason> Rig::say(int number, protocol::TestWord word, int door) {
    return reason(feed(core::TestAnswered{{.compartment = CompartmentNumber(number),
                                           .word = word,
                                           .door = CompartmentNumber(door)}}));
}

std::string Rig::found() const {
    std::string line;
    for (const auto& result : report().results) {
        for (const auto& finding : result.findings) {
            if (!line.empty()) line += "; ";
            line +=
                std::to_string(number_of(result.number)) + (result.tested ? " " : " not tested ");
            line += protocol::code_of(finding.reason);
            if (finding.door) line += ' ' + std::to_string(number_of(*finding.door));
        }
    }
    return line;
}

std::string Rig::step() const {
    const auto now_at = report();
    std::string line{protocol::code_of(now_at.step)};
    if (now_at.compartment) line += ' ' + std::to_string(number_of(*now_at.compartment));
    return line;
}

core::Senses Rig::senses(CompartmentNumber number) const {
    const int own = number_of(number);
    const Box& box = boxes_.at(number);
    const Box& seen = boxes_.at(CompartmentNumber(wired(switch_to, own)));
    const bool open = !dead.contains(own) && (seen.door == Door::open) != inverted.contains(own);
    core::Senses senses{.compartment = number, .door = open ? Door::open : Door::shut};
    const auto fitted = std::find_if(spec.compartments.begin(), spec.compartments.end(),
                                     [&](const auto& c) { return c.number == number; });
    if (fitted->has_sensor) {
        senses.occupancy = box.books ? Occupancy::occupied : Occupancy::empty;
    }
    return senses;
}

// To every switch that looks at this door.
void Rig::tell_of(int door) {
    for (const auto& [number, box] : boxes_) {
        if (wired(switch_to, number_of(number)) == door) feed(core::Sensed{senses(number)});
    }
}

void Rig::shut(int number) {
    boxes_.at(CompartmentNumber(number)).door = Door::shut;
    tell_of(number);
}
void Rig::force(int number) {
    boxes_.at(CompartmentNumber(number)).door = Door::open;
    tell_of(number);
}
void Rig::put(int number) {
    boxes_.at(CompartmentNumber(number)).books = true;
    feed(core::Sensed{senses(CompartmentNumber(number))});
}
void Rig::take(int number) {
    boxes_.at(CompartmentNumber(number)).books = false;
    feed(core::Sensed{senses(CompartmentNumber(number))});
}

// Decide, commit, act; and every change of a row is what the ledger in memory says.
core::Decision Rig::feed(const core::Input& input) {
    core::Decision decision = cabinet.decide(now, input);
    core::apply(stored, decision.changes);
    core::Ledger held = cabinet.ledger();
    held.cabinet.attempts.lockout_left = stored.cabinet.attempts.lockout_left;
    held.cabinet.attempts.today_left = stored.cabinet.attempts.today_left;
    if (!(held == stored)) {
        throw std::logic_error{"a row changed in memory alone: " + core::describe(input)};
    }
    for (const auto& fact : decision.facts) journal.push_back(fact);
    const std::string decided = core::describe(decision);
    if (!decided.empty()) story_ << core::describe(input) << " -> " << decided << '\n';
    for (const auto& action : decision.actions) act(action);
    settle_pulses();
    return decision;
}

void Rig::act(const core::Action& action) {
    if (const auto* pulse = std::get_if<core::PulseLock>(&action)) asked_.push_back(*pulse);
    if (const auto* lamp = std::get_if<core::SetLamp>(&action)) {
        boxes_.at(lamp->compartment).lamp = lamp->lit;
    }
    if (const auto* reply = std::get_if<core::SendReply>(&action)) {
        last_answer_ = reply->reply.refusal;
    }
}

void Rig::settle_pulses() {
    while (pulses_answered && !asked_.empty()) {
        const core::PulseLock pulse = asked_.front();
        asked_.erase(asked_.begin());
        const int number = number_of(pulse.compartment);
        ++boxes_.at(pulse.compartment).pulses;
        feed(core::PulseEnded{pulse.authorisation, core::PulseEnd::done});
        if (std::find(jammed.begin(), jammed.end(), number) == jammed.end()) {
            force(wired(lock_to, number));
        }
    }
}

void Rig::wait(Milliseconds time) {
    const core::Uptime end = now.uptime + time;
    const auto go = [&](core::Uptime to) {
        now.wall += to - now.uptime;
        now.uptime = to;
    };
    for (auto next = cabinet.next_deadline(); next && *next <= end;
         next = cabinet.next_deadline()) {
        go(std::max(*next, now.uptime));
        feed(core::DeadlinePassed{});
    }
    go(end);
}

void Rig::reboot(bool clean) {
    asked_.clear();
    cabinet = core::Cabinet{spec, stored};
    core::Booted booted{.senses = {}, .version = "test", .clean = clean};
    for (const auto& [number, box] : boxes_) booted.senses.push_back(senses(number));
    feed(booted);
}

std::string Rig::story() {
    std::string told = story_.str();
    story_.str({});
    return told;
}

int Rig::pulses(int number) const { return boxes_.at(CompartmentNumber(number)).pulses; }

DeliveryState Rig::state(const std::string& id) const {
    return cabinet.ledger().deliveries.at(DeliveryId::of(id)).state;
}

std::optional<int> Rig::place(const std::string& id) const {
    const auto found = cabinet.ledger().deliveries.find(DeliveryId::of(id));
    if (found == cabinet.ledger().deliveries.end() || !found->second.compartment) return {};
    return number_of(*found->second.compartment);
}

std::string Rig::screen() const { return core::describe(cabinet.screen(now)); }

bool Rig::free(int number) const {
    core::CabinetSpec only = spec;
    for (const auto& line : cabinet.report().compartments) {
        if (number_of(line.number) != number) continue;
        return !line.delivery && !line.book_return && !line.unexplained && !line.out_of_service &&
               !line.jammed && line.door == Door::shut && line.occupancy != Occupancy::occupied;
    }
    return false;
}

std::vector<protocol::Fact> Rig::facts(protocol::FactKind kind) const {
    std::vector<protocol::Fact> found;
    std::copy_if(journal.begin(), journal.end(), std::back_inserter(found),
                 [&](const auto& fact) { return fact.kind == kind; });
    return found;
}

}  // namespace lucheng::test
