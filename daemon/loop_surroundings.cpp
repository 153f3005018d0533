// What the loop hears from the kiosk and the link, and what it shows them.
#include <boost/asio/post.hpp>
#include <cstdlib>

#include "core/describe.hpp"
#include "daemon/loop.hpp"
#include "protocol/codec.hpp"

namespace lucheng::daemon {

using namespace std::chrono_literals;

namespace {

// State is a whole picture: a burst of changes needs only the last one.
constexpr auto state_gap = 250ms;

// A commit that takes longer is told on the screen, for somebody waits there.
constexpr auto stall_shown_after = 2s;

constexpr std::size_t tests_waiting_max = 8;  // who follows a self-test at once

constexpr std::size_t journal_tail = 20;  // entries that staff are shown

constexpr std::size_t shadow_commands_max = 1'000;  // comparing more takes longer than deciding

}  // namespace

KioskHandlers Loop::kiosk_handlers() {
    KioskHandlers handlers;
    handlers.code = [this](const std::string& digits, Done done) {
        // As long as a QR token, it is one, typed from beneath the picture.
        if (digits.size() == protocol::token_digits) {
            return person(core::TokenShown{p_.intake.token(digits)}, std::move(done));
        }
        person(core::CodeTyped{p_.intake.code(digits)}, std::move(done));
    };
    handlers.card = [this](const std::string& number, Done done) {
        person(core::CardShown{p_.intake.card(number), p_.intake.sealed_card(number)},
               std::move(done));
    };
    handlers.choose = [this](protocol::DeliveryId id, Done done) {
        person(core::ParcelChosen{std::move(id)}, std::move(done));
    };
    handlers.answer = [this](core::Answer answer, Done done) {
        person(core::Answered{answer}, std::move(done));
    };
    handlers.bring_back = [this](Done done) { person(core::ReturnAsked{}, std::move(done)); };
    handlers.size = [this](core::SizeClass size, Done done) {
        person(core::SizeChosen{size}, std::move(done));
    };
    handlers.collect = [this](Done done) { person(core::CollectionAsked{}, std::move(done)); };
    handlers.walk = [this](Done done) { person(core::WalkAsked{}, std::move(done)); };
    handlers.begin_test = [this](protocol::TestOrder order, Done done) {
        person(core::TestAsked{std::move(order)}, std::move(done));
    };
    handlers.answer_test = [this](protocol::TestAnswer answer, Done done) {
        person(core::TestAnswered{answer}, std::move(done));
    };
    handlers.stop_test = [this](Done done) { person(core::TestStopped{}, std::move(done)); };
    handlers.test = [this](std::uint64_t after, KioskHandlers::TestSeen seen) {
        await_test(after, std::move(seen));
    };
    handlers.staff = staff_handlers();
    handlers.screen = [this] { return screen_now(); };
    handlers.state = [this] { return state(); };
    handlers.stalled = [this] { return stalled_; };
    handlers.staff_told = [this] { return staff_told(); };
    handlers.online = [this] { return link_ != nullptr && link_->connected(); };
    return handlers;
}

KioskHandlers::Staff Loop::staff_handlers() {
    KioskHandlers::Staff staff;
    staff.open = [this](protocol::CompartmentNumber number, Done done) {
        person(core::OpeningAsked{number}, std::move(done));
    };
    staff.service = [this](protocol::SetService service, Done done) {
        person(core::ServiceAsked{service}, std::move(done));
    };
    staff.maintenance = [this](bool on, Done done) {
        person(core::MaintenanceAsked{on}, std::move(done));
    };
    staff.begin_test = [this](protocol::TestOrder order, Done done) {
        person(core::TestAsked{std::move(order), true}, std::move(done));
    };
    staff.answer_test = [this](protocol::TestAnswer answer, Done done) {
        person(core::TestAnswered{answer, true}, std::move(done));
    };
    staff.stop_test = [this](Done done) { person(core::TestStopped{true}, std::move(done)); };
    staff.test = [this] { return seen_.test; };
    staff.journal = [this](const KioskHandlers::JournalSeen& seen) { read_tail(seen); };
    return staff;
}

void Loop::read_tail(const KioskHandlers::JournalSeen& seen) {
    const auto newest = number_of(head_.number);
    const auto before = newest > journal_tail ? newest - journal_tail : 0;
    const auto from = std::max(before, number_of(head_.pruned)) + 1;
    p_.store.read_events(protocol::JournalNumber{from}, journal_tail,
                         [seen](const std::vector<db::StoredEvent>& events) {
                             std::vector<protocol::JournalLine> lines;
                             for (const auto& event : events) {
                                 const auto entry = protocol::decode_entry(event.event.entry);
                                 if (!entry) continue;  // of a version to come
                                 lines.push_back({event.number, entry.value().header.at,
                                                  core::describe(entry.value().fact)});
                             }
                             seen(std::move(lines));
                         });
}

void Loop::scanned(std::size_t reader, std::string_view line, Done done) {
    person(p_.intake.scanned(cabinet_.spec().readers.at(reader), line), std::move(done));
}

void Loop::scans_dropped(std::uint64_t lines) {
    dropped_scans_ += lines;
    refused_[protocol::Reason::scan_unknown] += lines;
}

void Loop::await_test(std::uint64_t after, KioskHandlers::TestSeen seen) {
    // Who went away meanwhile is not noticed here: the oldest makes room.
    if (tests_waiting_.size() == tests_waiting_max) {
        tests_waiting_.front().seen(seen_.test);
        tests_waiting_.pop_front();
    }
    tests_waiting_.push_back({after, std::move(seen)});
    show_test();
}

void Loop::show_test() {
    std::deque<TestWaiting> waiting;
    waiting.swap(tests_waiting_);
    for (auto& one : waiting) {
        if (seen_.test.running() && seen_.test.revision <= one.after) {
            tests_waiting_.push_back(std::move(one));
        } else {
            one.seen(seen_.test);
        }
    }
}

protocol::StateReport Loop::state() const {
    protocol::StateReport report = seen_.report;
    const core::Now now = p_.clock.now();
    report.boot = p_.boot;
    report.at = now.wall;
    report.time_trusted = now.trusted;
    report.journal = head_;
    return report;
}

void Loop::link_connected() {
    if (seen_.report.cabinet.empty()) return;  // not booted yet: there is nothing to tell
    if (link_ != nullptr) link_->publish_state(protocol::encode(state()));
}

void Loop::event_accepted(protocol::JournalNumber number) { p_.store.note_sent(number); }

// One timer for all commits that follow each other closely; none while there is nothing to commit.
void Loop::watch_commit() {
    if (watching_) return;
    watching_ = true;
    commit_watch_.start(stall_shown_after, [this, commit = commits_] {
        watching_ = false;
        if (!committing_) return;
        if (commit != commits_) return watch_commit();
        stalled_ = true;
        if (kiosk_ != nullptr) kiosk_->screen_changed();
    });
}

void Loop::publish_state() {
    if (state_due_) return;
    state_due_ = true;
    state_timer_.start(state_gap, [this] {
        state_due_ = false;
        if (link_ != nullptr && link_->connected()) {
            link_->publish_state(protocol::encode(state()));
        }
    });
}

void Loop::arm_deadline() {
    if (deadline_waits_) return;
    const auto next = cabinet_.next_deadline();
    if (next == armed_for_) return;
    armed_for_ = next;
    if (!next) {
        deadline_.cancel();
        return;
    }
    deadline_.start(std::max(*next - p_.clock.uptime(), core::Milliseconds{0}), [this] {
        armed_for_.reset();
        deadline_waits_ = true;
        happened(core::DeadlinePassed{});
    });
}

std::uint64_t Loop::take_commit_latency_us() { return std::exchange(slowest_commit_us_, 0); }

void Loop::count_refused_messages() {
    for (const auto& [reason, count] : refused_) {
        happened(core::MessagesRefused{reason, count});
    }
    refused_.clear();
}

void Loop::space(bool low) { happened(core::StoreSpace{low}); }

void Loop::compare_clocks() {
    const core::Now now = p_.clock.now();
    const auto offset = now.wall.time_since_epoch() - now.uptime.time_since_epoch();
    if (clock_offset_ && std::chrono::abs(offset - *clock_offset_) > 1s) {
        p_.log.write(Level::warning, "the wall clock was stepped");
        happened(core::ClockStepped{});
    }
    clock_offset_ = offset;
}

bool Loop::idle() const {
    return !committing_ && inputs_ == 0 && people_.empty() && messages_.empty();
}

// The state in memory must be what a replay of the changes gives: a difference is a bug that would
// come to light only at the next start.
void Loop::check_shadow([[maybe_unused]] const core::Changes& changes) {
#ifndef NDEBUG
    core::apply(shadow_, changes);
    if (shadow_.commands.size() > shadow_commands_max) return;
    core::Ledger now = cabinet_.ledger();
    // Time served runs on between two records of it.
    now.cabinet.attempts.lockout_left = shadow_.cabinet.attempts.lockout_left;
    now.cabinet.attempts.today_left = shadow_.cabinet.attempts.today_left;
    if (!(now == shadow_)) std::abort();
#endif
}

}  // namespace lucheng::daemon
