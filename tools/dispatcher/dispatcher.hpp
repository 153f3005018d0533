// Decides, on one thread: what is heard and what is due go through the ledger in one transaction,
// and only then is anything published.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "protocol/later.hpp"
#include "protocol/signature.hpp"
#include "tools/dispatcher/ledger.hpp"
#include "tools/dispatcher/link.hpp"

namespace lucheng::dispatcher {

using SteadyTime = std::chrono::steady_clock::time_point;

struct DispatcherOptions {
    protocol::SigningKey key;
    std::string sealing_keys;                  // the file's text
    std::set<protocol::CabinetId> cabinets{};  // empty: all that are heard of
    std::chrono::minutes validity{60};         // of a command
    bool once = false;                         // ends when everything is done
    bool until_assigned = false;               // ... or assigned
    std::chrono::seconds give_up_after{0};     // with `once`; zero: never
};

class Dispatcher {
public:
    Dispatcher(boost::asio::io_context& io, DispatcherOptions options, Ledger& ledger,
               const LinkOptions& link);

    // Those that the ledger knows already are passed over, unless refused before and changed now.
    void take(const std::vector<Request>& requests);
    // Until it is done or told to stop; the exit code.
    [[nodiscard]] int run();
    void stop() { io_.stop(); }

private:
    struct Cabinet {
        std::optional<protocol::Status> status{};
        std::optional<protocol::StateReport> state{};
        std::size_t under_way = 0;  // deliveries that the state does not show yet
        bool gap = false;           // an event came whose predecessor did not
        bool told_no_key = false;
        SteadyTime progress{};  // when its journal last grew here
        SteadyTime level{};     // when that, or when it was last as long as the cabinet's
        SteadyTime next_replay{};
        SteadyTime next_acknowledge{};
        std::map<protocol::EpochId, Journal> journals{};
        protocol::EpochId newest{};  // of the journals
    };
    struct Pending {
        Order order;
        SteadyTime next{};
        std::chrono::milliseconds wait{};
    };
    struct Heard {
        std::string topic, bytes;
    };

    // dispatcher.cpp: one turn, and what it needs
    void schedule();
    void turn();
    void tick();
    void transmit();
    void hurry(const protocol::CabinetId& cabinet);
    void end_if_done();
    [[nodiscard]] bool is_done() const;
    [[nodiscard]] bool is_quiet(const Cabinet& cabinet) const;
    void say(std::string line) { lines_.push_back(std::move(line)); }
    void ask(const protocol::CabinetId& cabinet, protocol::Verb verb,
             const protocol::DeliveryId& delivery = {});
    [[nodiscard]] bool is_asked(const protocol::CabinetId& cabinet, std::string_view verb) const;
    [[nodiscard]] bool is_asked(const protocol::DeliveryId& delivery) const;
    void keep(Delivery& delivery, Stage stage);

    // hears.cpp: what cabinets say
    void hear(const Heard& heard);
    void on_status(Cabinet& cabinet, const std::string& bytes);
    void on_state(Cabinet& cabinet, const std::string& bytes);
    void on_reply(const protocol::CabinetId& id, const std::string& bytes);
    void on_assigned(Delivery& delivery, const Order& order, const protocol::AnyReply& any);
    void on_adopted(Delivery& delivery, const protocol::AnyReply& any);
    void on_cancelled(const Order& order, const protocol::AnyReply& any);
    void on_acknowledged(const Order& order, const protocol::AnyReply& any);
    void on_event(Cabinet& cabinet, const protocol::CabinetId& id, const std::string& bytes);
    [[nodiscard]] bool continues(Cabinet& cabinet, const Journal& journal,
                                 const protocol::Event& event, const protocol::Entry& entry);
    void on_fact(const protocol::Entry& entry);
    [[nodiscard]] bool is_given_up(const protocol::Entry& entry);

    // decides.cpp: rules that look at the ledger alone, so that a restart loses none of them
    void decide();
    void drop_expired();
    void assign_waiting();
    [[nodiscard]] const protocol::CabinetId* choose(const Delivery& delivery);
    void count_under_way();
    [[nodiscard]] static std::size_t room(const Cabinet& cabinet, protocol::SizeClass size);
    [[nodiscard]] bool may_try(const Delivery& delivery, const protocol::CabinetId& id) const;
    [[nodiscard]] bool can_seal(const protocol::CabinetId& id, Cabinet& cabinet);
    void cancel_unwanted();
    void follow_epochs();
    void replay_gap(const protocol::CabinetId& id, Cabinet& cabinet);
    void acknowledge(const protocol::CabinetId& id, Cabinet& cabinet);
    [[nodiscard]] bool is_ready(const protocol::CabinetId& id) const;

    boost::asio::io_context& io_;
    boost::asio::steady_timer timer_;
    DispatcherOptions options_;
    Ledger& ledger_;
    std::string root_;
    std::map<protocol::CabinetId, Cabinet> cabinets_{};
    std::map<protocol::DeliveryId, Delivery> live_{};
    std::set<protocol::DeliveryId> waiting_{};
    std::map<protocol::CommandId, Pending> pending_{};
    std::map<std::pair<protocol::DeliveryId, protocol::CabinetId>, SteadyTime> not_before_{};
    std::map<std::pair<protocol::DeliveryId, protocol::CabinetId>, Unwanted> unwanted_{};
    std::deque<Heard> inbox_{};
    std::vector<std::string> lines_{};
    bool scheduled_ = false;
    std::optional<SteadyTime> connected_at_{};
    std::string trouble_{};  // with the broker; said once
    SteadyTime began_{};
    SteadyTime forgets_at_{};
    int exit_code_ = 0;
    Link link_;
};

[[nodiscard]] protocol::WallTime wall_time();
[[nodiscard]] SteadyTime steady_time();

}  // namespace lucheng::dispatcher
