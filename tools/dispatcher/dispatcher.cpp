#include "tools/dispatcher/dispatcher.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <fmt/format.h>
#include <sodium.h>

#include "protocol/sealing.hpp"
#include "protocol/topics.hpp"

namespace lucheng::dispatcher {

using namespace std::chrono_literals;

namespace {

constexpr auto tick_every = 100ms;
constexpr std::size_t messages_a_turn = 256;  // share one transaction
constexpr auto first_repeat = 2'000ms;
constexpr auto last_repeat = 60'000ms;
// As a cabinet's limits personal_facts_d and audit_d are by default.
constexpr std::chrono::hours persons_for{30 * 24};
constexpr std::chrono::hours entries_for{180 * 24};
constexpr auto looked_for_what_is_old_every = 1h;

}  // namespace

protocol::WallTime wall_time() {
    return std::chrono::time_point_cast<protocol::Milliseconds>(std::chrono::system_clock::now());
}
SteadyTime steady_time() { return std::chrono::steady_clock::now(); }

Dispatcher::Dispatcher(boost::asio::io_context& io, DispatcherOptions options, Ledger& ledger,
                       const LinkOptions& link)
    : io_{io},
      timer_{io},
      options_{std::move(options)},
      ledger_{ledger},
      root_{link.broker.root},
      began_{steady_time()},
      link_{io,
            link,
            {.connected =
                 [this] {
                     connected_at_ = steady_time();
                     trouble_.clear();
                     for (auto& [id, pending] : pending_) hurry(pending.order.cabinet);
                     schedule();
                 },
             .lost =
                 [this](const std::string& why) {
                     if (connected_at_ || why != trouble_) say(why);
                     trouble_ = why;
                     connected_at_.reset();
                     schedule();
                 },
             .message =
                 [this](std::string topic, std::string bytes) {
                     inbox_.push_back({std::move(topic), std::move(bytes)});
                     schedule();
                 }}} {
    for (auto& delivery : ledger_.live()) {
        const auto id = delivery.request.delivery;
        if (delivery.stage == Stage::waiting) waiting_.insert(id);
        live_.emplace(id, std::move(delivery));
    }
    for (auto& order : ledger_.unanswered()) {
        const auto id = order.id;
        pending_.emplace(id, Pending{.order = std::move(order), .wait = first_repeat});
    }
    for (const auto& one : ledger_.unwanted()) {
        unwanted_.emplace(std::pair{one.delivery, one.cabinet}, one);
    }
    for (auto& journal : ledger_.journals()) {
        auto& cabinet = cabinets_[journal.cabinet];
        cabinet.journals.emplace(journal.epoch, journal);
        cabinet.newest = journal.epoch;
    }
}

void Dispatcher::take(const std::vector<Request>& requests) {
    ledger_.begin();
    for (const auto& request : requests) {
        const auto known = live_.find(request.delivery);
        if (known == live_.end()) {
            if (ledger_.stage_of(request.delivery)) continue;  // ended
            auto& delivery = live_[request.delivery];
            delivery.request = request;
            keep(delivery, Stage::waiting);
            continue;
        }
        auto& delivery = known->second;
        if (delivery.stage != Stage::refused) continue;
        if (text_of(delivery.request, true) == text_of(request, true)) continue;
        delivery.request = request;  // another code, say
        delivery.problem.clear();
        keep(delivery, Stage::waiting);
    }
    ledger_.commit();
}

void Dispatcher::keep(Delivery& delivery, Stage stage) {
    delivery.stage = stage;
    const auto id = delivery.request.delivery;
    if (stage == Stage::waiting) {
        waiting_.insert(id);
    } else {
        waiting_.erase(id);
    }
    ledger_.keep(delivery);
    if (!has_ended(stage)) return;
    std::erase_if(not_before_, [&](const auto& one) { return one.first.first == id; });
    live_.erase(id);  // and `delivery` with it
}

int Dispatcher::run() {
    boost::asio::signal_set signals{io_, SIGTERM, SIGINT};
    signals.async_wait([this](const boost::system::error_code&, int) { stop(); });
    link_.start();
    tick();
    io_.run();
    return exit_code_;
}

void Dispatcher::schedule() {
    if (scheduled_) return;
    scheduled_ = true;
    boost::asio::post(io_, [this] { turn(); });
}

void Dispatcher::tick() {
    schedule();
    timer_.expires_after(tick_every);
    timer_.async_wait([this](const boost::system::error_code& cancelled) {
        if (!cancelled) tick();
    });
}

// Hear, decide, commit; then speak.
void Dispatcher::turn() {
    scheduled_ = false;
    ledger_.begin();
    for (std::size_t i = 0; i < messages_a_turn && !inbox_.empty(); ++i) {
        hear(inbox_.front());
        inbox_.pop_front();
    }
    decide();
    if (steady_time() >= forgets_at_) {
        ledger_.forget(persons_for, entries_for);
        forgets_at_ = steady_time() + looked_for_what_is_old_every;
    }
    ledger_.commit();
    for (const auto& line : lines_) fmt::print("{}\n", line);
    if (!lines_.empty()) std::fflush(stdout);
    lines_.clear();
    transmit();
    if (!inbox_.empty()) schedule();
    end_if_done();
}

void Dispatcher::ask(const protocol::CabinetId& cabinet, protocol::Verb verb,
                     const protocol::DeliveryId& delivery) {
    std::array<std::uint8_t, 12> random{};
    ::randombytes_buf(random.data(), random.size());
    protocol::Command command;
    command.id = protocol::CommandId::of("c-" + protocol::hex(random));
    command.cabinet = cabinet;
    command.issued_at = wall_time();
    command.expires_at = command.issued_at + options_.validity;
    const auto& status = cabinets_[cabinet].status;
    if (status && !status->time_trusted) command.boot = status->boot;
    command.verb = std::move(verb);
    if (const auto* secrets = protocol::secrets_in(command.verb); secrets && secrets->clear()) {
        const auto key = protocol::sealing_key_in(options_.sealing_keys, cabinet);
        protocol::seal_secrets(command.verb, key.value());
    }
    Order order{.id = command.id,
                .cabinet = cabinet,
                .delivery = delivery,
                .verb = std::string{protocol::name_of(command.verb)},
                .expires_at = command.expires_at,
                .bytes = protocol::encode(options_.key.sign(protocol::encode(command)))};
    ledger_.keep(order);
    say(fmt::format("{} is asked: {} {}", cabinet.str(), order.verb, delivery.str()));
    pending_.emplace(command.id,
                     Pending{.order = std::move(order), .next = {}, .wait = first_repeat});
}

bool Dispatcher::is_asked(const protocol::CabinetId& cabinet, std::string_view verb) const {
    return std::any_of(pending_.begin(), pending_.end(), [&](const auto& one) {
        return one.second.order.cabinet == cabinet && one.second.order.verb == verb;
    });
}

bool Dispatcher::is_asked(const protocol::DeliveryId& delivery) const {
    return std::any_of(pending_.begin(), pending_.end(),
                       [&](const auto& one) { return one.second.order.delivery == delivery; });
}

// The same bytes again and again, ever more rarely, until the cabinet has answered.
void Dispatcher::transmit() {
    if (!link_.connected()) return;
    const auto now = steady_time();
    for (auto& [id, pending] : pending_) {
        if (pending.next > now) continue;
        link_.publish(protocol::topics_of(root_, pending.order.cabinet).command,
                      pending.order.bytes);
        pending.next = now + pending.wait;
        pending.wait = std::min<std::chrono::milliseconds>(pending.wait * 2, last_repeat);
    }
}

void Dispatcher::hurry(const protocol::CabinetId& cabinet) {
    for (auto& [id, pending] : pending_) {
        if (pending.order.cabinet != cabinet) continue;
        pending.next = {};
        pending.wait = first_repeat;
    }
}

bool Dispatcher::is_quiet(const Cabinet& cabinet) const {
    if (!cabinet.status || cabinet.status->link != protocol::Link::ready) return true;
    if (!cabinet.state) return false;
    const auto& head = cabinet.state->journal;
    const auto journal = cabinet.journals.find(head.epoch);
    return journal != cabinet.journals.end() &&
           journal->second.taken >= protocol::number_of(head.number) &&
           journal->second.acknowledged == journal->second.taken;
}

bool Dispatcher::is_done() const {
    constexpr auto what_is_retained_comes_within = 1s;
    if (!connected_at_ || !inbox_.empty()) return false;
    if (steady_time() - *connected_at_ < what_is_retained_comes_within) return false;
    const bool open = std::any_of(live_.begin(), live_.end(), [&](const auto& one) {
        const Stage stage = one.second.stage;
        if (stage == Stage::refused) return false;
        return !options_.until_assigned || stage == Stage::waiting || stage == Stage::asked;
    });
    return !open && unwanted_.empty() &&
           std::all_of(cabinets_.begin(), cabinets_.end(),
                       [&](const auto& one) { return is_quiet(one.second); });
}

void Dispatcher::end_if_done() {
    if (!options_.once) return;
    if (is_done()) {
        const bool refused = std::any_of(live_.begin(), live_.end(), [](const auto& one) {
            return one.second.stage == Stage::refused;
        });
        exit_code_ = refused ? exit_code::no : exit_code::done;
        return stop();
    }
    if (options_.give_up_after == 0s || steady_time() - began_ < options_.give_up_after) return;
    throw Failure{fmt::format("after {} s {} deliveries have not come to their end; what was asked "
                              "stands in the ledger, and the next start goes on with it",
                              options_.give_up_after.count(), live_.size()),
                  exit_code::in_vain};
}

}  // namespace lucheng::dispatcher
