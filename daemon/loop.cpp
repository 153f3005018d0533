#include "daemon/loop.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdlib>
#include <sodium.h>

#include "core/describe.hpp"
#include "protocol/codec.hpp"
#include "protocol/mutants.hpp"

namespace lucheng::daemon {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using protocol::Reason;
using protocol::Refusal;

Loop::Loop(LoopParts parts, core::Cabinet cabinet)
    : p_{std::move(parts)},
      cabinet_{std::move(cabinet)},
      head_{p_.store.head()},
      commit_watch_{p_.io},
      deadline_{p_.io},
      state_timer_{p_.io} {
    const auto& ledger = cabinet_.ledger();
    if (ledger.cabinet.keys_serial != 0 && !MUTANT(53)) p_.intake.use(ledger.keys);
#ifndef NDEBUG
    shadow_ = cabinet_.ledger();
#endif
}

void Loop::attach(Link& link) { link_ = &link; }
void Loop::attach(KioskServer& kiosk) { kiosk_ = &kiosk; }

void Loop::boot(core::Booted booted, std::function<void()> then) {
    person(std::move(booted), [this, then = std::move(then)](const auto&) {
        if (link_ != nullptr && link_->connected()) link_connected();
        then();
    });
}

void Loop::happened(core::Input input) {
    people_.push_back({.input = std::move(input)});
    wake();
}

void Loop::person(core::Input input, Done done) {
    people_.push_back({.input = std::move(input), .done = std::move(done)});
    wake();
}

void Loop::message(Incoming incoming) {
    messages_.push_back(std::move(incoming));
    wake();
}

void Loop::take(Incoming incoming) {
    ++inputs_;
    if (p_.in_hand.careful()) {
        const protocol::Digest digest = protocol::digest_of(incoming.bytes);
        if (p_.in_hand.is_set_aside(digest, p_.clock.uptime())) {
            p_.log.write(
                Level::error,
                "a message that may have ended the process before is set aside for a while",
                {{"MESSAGE_DIGEST", protocol::hex(digest)}});
            return refuse({.refusal = {Reason::set_aside, {}}}, incoming.response);
        }
        p_.in_hand.note(digest);
    }
    auto read = p_.intake.read(incoming.bytes, incoming.retained);
    ::sodium_memzero(incoming.bytes.data(), incoming.bytes.size());  // it held codes and cards
    if (const auto* refused = std::get_if<Refused>(&read)) {
        return refuse(*refused, incoming.response);
    }
    take(Waiting{.input = std::move(std::get<core::CommandReceived>(read)),
                 .response = std::move(incoming.response)});
}

// Counted, not listed: nobody without a key can fill the disk. Answered where it has an id.
void Loop::refuse(const Refused& refused, const ResponseTo& to) {
    ++refused_messages_;
    ++refused_[refused.refusal.reason];
    p_.log.write(Level::debug, "refused a message",
                 {{"REASON", std::string{protocol::code_of(refused.refusal.reason)}}});
    if (refused.id.empty() && to.topic.empty()) return;
    answer(refused.id, refused.refusal, to);
}

void Loop::answer(const protocol::CommandId& id, std::optional<Refusal> refusal,
                  const ResponseTo& to) {
    if (link_ == nullptr) return;
    link_->reply(
        protocol::encode(protocol::Reply{
            .id = id, .cabinet = p_.cabinet, .boot = p_.boot, .refusal = std::move(refusal)}),
        to);
}

// Decided a moment later, together with what else is waiting by then.
void Loop::wake() {
    if (woken_) return;
    woken_ = true;
    asio::post(p_.io, [this] {
        woken_ = false;
        pump();
    });
}

void Loop::pump() {
    const std::size_t most = p_.in_hand.careful() ? 1 : core::batch_inputs_max;
    while (inputs_ < most && !(committing_ && p_.in_hand.careful())) {
        if (!people_.empty()) {
            Waiting next = std::move(people_.front());
            people_.pop_front();
            ++inputs_;
            take(std::move(next));
        } else if (!messages_.empty()) {
            Incoming next = std::move(messages_.front());
            messages_.pop_front();
            take(std::move(next));
        } else {
            break;
        }
    }
    if (!committing_) submit();
    // A batch that had nothing to commit is over: no commit's end will call for those behind it.
    if (!committing_ && !idle()) wake();
    arm_deadline();
}

void Loop::take(Waiting waiting) {
    if (std::holds_alternative<core::DeadlinePassed>(waiting.input)) deadline_waits_ = false;
    const core::Now now = p_.clock.now();
    core::Decision decision = cabinet_.decide(now, waiting.input);
    const bool dull = decision.facts.empty() && !decision.refusal;
    const bool command = std::holds_alternative<core::CommandReceived>(waiting.input);
    const Level level = dull || command ? Level::debug : Level::info;
    if (p_.log.enabled(level)) {
        p_.log.write(level, core::describe(waiting.input) + " -> " + core::describe(decision));
    }
    for (auto& fact : decision.facts) {
        batch_.facts.push_back({std::move(fact), now.wall, now.trusted});
    }
    check_shadow(decision.changes);
    core::merge(batch_.changes, std::move(decision.changes));
    for (auto& action : decision.actions) {
        Effect effect{.response = waiting.response.value_or(ResponseTo{})};
        if (std::holds_alternative<core::PublishState>(action)) changed_ = true;
        if (const auto* reply = std::get_if<core::SendReply>(&action)) {
            effect.reply_bytes = protocol::encode(reply->reply);
            if (reply->stored) {
                batch_.replies.push_back({reply->reply.id, effect.reply_bytes});
            }
        }
        if (MUTANT(9) && std::holds_alternative<core::PulseLock>(action)) {
            p_.hardware.pulse(std::get<core::PulseLock>(action));
            continue;
        }
        if (MUTANT(10) && !effect.reply_bytes.empty() && link_ != nullptr) {
            link_->reply(effect.reply_bytes, effect.response);
        }
        effect.action = std::move(action);
        effects_.push_back(std::move(effect));
    }
    if (waiting.done) {
        effects_.push_back({.done = std::move(waiting.done), .refusal = decision.refusal});
    }
}

void Loop::submit() {
    if (inputs_ == 0) return;
    inputs_ = 0;
    committing_effects_ = std::move(effects_);
    effects_.clear();
    const bool changed = std::exchange(changed_, false);
    if (batch_.empty()) {  // nothing to make durable: what was decided may happen at once
        if (changed) see(look());
        p_.in_hand.done();
        return perform(std::move(committing_effects_));
    }
    committing_ = true;
    ++commits_;
    p_.store.commit(std::exchange(batch_, {}),
                    [this](const db::Committed& done) { committed(done); });
    // While the disk works, and before anything else is decided.
    if (changed) committing_seen_ = look();
    watch_commit();
}

Loop::Seen Loop::look() const {
    const core::Now now = p_.clock.now();
    return {cabinet_.screen(now), cabinet_.report(),
            cabinet_.test_report().value_or(protocol::TestReport{}), now.uptime};
}

void Loop::see(Seen seen) {
    const auto& before = seen_.screen;
    const auto& now = seen.screen;
    if (now.name != before.name || now.compartment != before.compartment) {
        seen_since_ = head_.number;
    }
    seen_ = std::move(seen);
}

// Dispatch has acknowledged all that led to this screen; a broker's word alone would not do.
bool Loop::staff_told() const {
    return seen_.screen.name == core::ScreenName::not_opened && head_.acknowledged >= seen_since_;
}

core::Uptime Loop::Seen::goes_back() const {
    return screen.idle_left == core::Milliseconds{0} ? core::Uptime{} : at + screen.idle_left;
}

void Loop::committed(const db::Committed& done) {
    committing_ = false;
    slowest_commit_us_ = std::max(slowest_commit_us_, done.latency_us);
    const bool grew = done.head.number != head_.number;
    const auto acknowledged = head_.acknowledged;
    head_ = done.head;
    head_.acknowledged = std::max(head_.acknowledged, acknowledged);
    if (committing_seen_) see(std::move(*committing_seen_));
    committing_seen_.reset();
    p_.in_hand.done();
    perform(std::move(committing_effects_));
    // Answers first: who waits for one stands in the rain.
    if (grew && link_ != nullptr) link_->journal_grew(head_.number, done.events);
    pump();
}

void Loop::perform(std::vector<Effect> effects) {
    committing_effects_.clear();
    for (auto& effect : effects) perform(effect);
    show();
}

void Loop::perform(Effect& effect) {
    if (effect.action) {
        std::visit([&](const auto& action) { act(action, effect); }, *effect.action);
    }
    if (effect.done) effect.done({effect.refusal, seen_.screen});
}

void Loop::act(const core::PulseLock& pulse, Effect&) {
    // Too old by now: nobody stands there any more. Reported, not pulsed.
    if (p_.clock.uptime() > pulse.not_after) {
        return happened(core::PulseEnded{pulse.authorisation, core::PulseEnd::lapsed});
    }
    p_.hardware.pulse(pulse);
}

void Loop::act(const core::SendReply&, Effect& effect) {
    if (link_ != nullptr) link_->reply(effect.reply_bytes, effect.response);
}

void Loop::act(const core::RepeatReply& repeat, Effect& effect) {
    p_.store.read_reply(repeat.id, [this, to = effect.response](std::optional<std::string> bytes) {
        if (bytes && link_ != nullptr) link_->reply(*bytes, to);
    });
}

void Loop::act(const core::SetLamp& lamp, Effect&) {
    p_.hardware.set_lamp(lamp.compartment, lamp.lit);
}

void Loop::act(const core::SetBuzzer& buzzer, Effect&) { p_.hardware.set_buzzer(buzzer.sound); }

void Loop::act(const core::PublishState&, Effect&) { publish_state(); }

void Loop::act(const core::SendEventsFrom& send, Effect& effect) {
    if (send.epoch != head_.epoch) {
        return answer(send.id, Refusal{Reason::wrong_epoch, head_.epoch.str()}, effect.response);
    }
    if (send.from <= head_.pruned) {
        return answer(send.id,
                      Refusal{Reason::not_in_journal, std::to_string(number_of(head_.pruned))},
                      effect.response);
    }
    if (send.from > head_.number) {
        return answer(send.id, Refusal{Reason::beyond_head, {}}, effect.response);
    }
    answer(send.id, {}, effect.response);
    if (MUTANT(11)) return;
    if (link_ != nullptr) link_->send_events_from(send.from);
}

void Loop::act(const core::AcknowledgeJournal& acknowledge, Effect& effect) {
    p_.store.acknowledge(
        acknowledge.epoch, acknowledge.number, acknowledge.hash,
        [this, id = acknowledge.id,
         to = effect.response](const protocol::Result<protocol::JournalHead>& result) {
            const bool told = staff_told();
            if (result) head_.acknowledged = result.value().acknowledged;
            if (staff_told() != told && kiosk_ != nullptr) kiosk_->screen_changed();
            answer(id, result ? std::nullopt : std::optional{result.refusal()}, to);
        });
}

void Loop::act(const core::UseKeys& use, Effect&) {
    if (!MUTANT(51)) p_.intake.use(use.keys);
}

void Loop::show() {
    show_test();
    const bool answers_again = std::exchange(stalled_, false);
    core::Screen screen = seen_.screen;
    screen.idle_left = core::Milliseconds{0};
    const bool live = screen.role == core::PersonRole::staff;  // they see every door as it moves
    // The deadline tells a wait that began anew from one that goes on.
    if (!live && screen == shown_ && seen_.goes_back() == shown_goes_back_ && !answers_again)
        return;
    shown_ = std::move(screen);
    shown_goes_back_ = seen_.goes_back();
    if (kiosk_ != nullptr) kiosk_->screen_changed();
}

// Who looks later has less time left.
core::Screen Loop::screen_now() const {
    core::Screen screen = seen_.screen;
    if (screen.idle_left == core::Milliseconds{0}) return screen;
    const auto left = seen_.goes_back() - p_.clock.now().uptime;
    screen.idle_left = std::max(left, core::Milliseconds{1});
    return screen;
}

}  // namespace lucheng::daemon
